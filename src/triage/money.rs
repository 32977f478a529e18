//! Invoices, receipts and parcels: what is owed, what was paid, what is on its way.

use std::sync::LazyLock;

use jiff::civil::Date;
use regex::{Captures, Regex};

use super::view::{View, pattern, start};
use super::{Amount, Details, Finding, Kind, day};

/// Text looked at, in bytes.
const TEXT_BYTES_MAX: usize = 8_000;

/// What a mail about money or goods can be.
#[derive(Debug, Clone, Copy)]
enum Paper {
    Shipping,
    Invoice,
    Receipt,
}

/// Words that name a kind: in a subject they suffice, in a text they need a second sign.
struct Words {
    paper: Paper,
    subject: LazyLock<Regex>,
    text: LazyLock<Regex>,
}

static SHIPPING: Words = Words {
    paper: Paper::Shipping,
    subject: LazyLock::new(|| {
        pattern(
            r"(?i)\b(?:has |have |been |was )?(?:shipped|dispatched)\b|out for delivery|on its way|(?:package|parcel|delivery|shipment|order)\b.*\b(?:arriv\w+|deliver\w+|way)|tracking (?:number|info\w*)|versandt|verschickt|unterwegs|(?:paket|sendung|lieferung)(?:s\w*)?\b|sendungs|colis|expédi(?:é|tion)|(?:tu|su) (?:paquete|envío)|pedido (?:ha sido )?enviado|en camino",
        )
    }),
    text: LazyLock::new(|| {
        pattern(
            r"(?i)tracking (?:number|no\.?|id|code)|track (?:your|the) (?:package|parcel|order|shipment)|sendungs(?:nummer|verfolgung)|numéro de suivi|suivre votre colis|número de seguimiento",
        )
    }),
};

static INVOICE: Words = Words {
    paper: Paper::Invoice,
    subject: LazyLock::new(|| {
        pattern(
            r"(?i)\binvoice\b|\bbill (?:for|is|from)\b|\byour (?:\w+ )?bill\b|payment (?:due|reminder|request)|amount due|rechnung|mahnung|zahlungserinnerung|\bfacture\b|avis d['’]échéance|\bfactura\b|\bfattura\b|\bfactuur\b|請求書|发票",
        )
    }),
    text: LazyLock::new(|| {
        pattern(
            r"(?i)amount due|balance due|payment (?:is )?due|please pay|payable (?:by|within)|zahlbar|fällig|zu zahlen(?:der betrag)?|bitte überweisen|à payer|montant dû|échéance|importe a pagar|vencimiento",
        )
    }),
};

static RECEIPT: Words = Words {
    paper: Paper::Receipt,
    subject: LazyLock::new(|| {
        pattern(
            r"(?i)\breceipts?\b|\byour order\b|order (?:confirm\w*|received|#|no)|thanks? (?:you )?for your (?:order|purchase|payment)|payment (?:received|confirm\w*)|you (?:paid|sent)\b|quittung|beleg\b|ihre bestellung|deine bestellung|bestellbestätigung|auftragsbestätigung|zahlungs(?:bestätigung|eingang)|\breçu\b|votre commande|confirmation de (?:commande|paiement)|\brecibo\b|(?:tu|su) pedido|confirmación de (?:pedido|pago|compra)",
        )
    }),
    text: LazyLock::new(|| {
        pattern(
            r"(?i)thank(?:s| you) for your (?:order|purchase|payment)|we (?:have )?received your payment|order (?:number|total)|paid (?:with|by|on)|charged (?:to )?your|danke für (?:ihre|deine) (?:bestellung|zahlung)|bereits bezahlt|merci pour votre (?:commande|achat|paiement)|gracias por (?:su|tu) (?:compra|pedido|pago)",
        )
    }),
};

static AMOUNT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?x)(?P<before>€|\$|£|¥|\b(?:EUR|USD|GBP|CHF|JPY|CAD|AUD|SEK|NOK|DKK|PLN|CZK)\b)\s?(?P<a>\d[\d.,'\u{a0}]*)
        | (?P<b>\d[\d.,'\u{a0}]*)\s?(?P<after>€|£|\b(?:EUR|USD|GBP|CHF|JPY|CAD|AUD|SEK|NOK|DKK|PLN|CZK)\b)",
    )
});

static TOTAL: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)(?:grand |order )?total\b|amount (?:due|paid)|balance due|gesamt\w*|summe|rechnungsbetrag|endbetrag|montant|à payer|importe|a pagar|totale",
    )
});

static DUE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:due|payable|pay by|fällig\w*|zahlbar|bis (?:zum|spätestens)|überweisen|échéance|avant le|vencimiento|vence|antes del)\b",
    )
});

static TRACKING: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)(?:tracking (?:number|no\.?|id|code)|sendungs(?:nummer|verfolgung)|numéro de suivi|número de seguimiento)\W{0,6}(?:is|ist|est|es|lautet)?\W{0,4}(?P<n>[A-Z0-9]{8,35})\b",
    )
});

static DOCUMENT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)invoice|rechnung|facture|factura|fattura|receipt|quittung|beleg|reçu|recibo|請求書|发票|bill",
    )
});

static SHOP: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^(?:orders?|shop|store|sales|billing|invoices?|accounts?|accounting|payments?|receipts?|rechnung(?:en)?|buchhaltung|bestellung(?:en)?|versand|shipping|delivery|tracking|service|support|info|kundenservice|comptabilite|facturation|commandes?|facturacion|pedidos|ventas|hello|team)(?:[._+-].*)?@",
    )
});

/// Finds money or goods.
pub(super) fn find(view: &View<'_>) -> Option<Finding> {
    let text = start(view.text, TEXT_BYTES_MAX);
    let details = Details {
        amount: amount(view.subject(), text),
        due: due(text, view.day),
        tracking: TRACKING
            .captures(text)
            .and_then(|c| c.name("n"))
            .map(|m| m.as_str().to_owned()),
        ..Details::default()
    };
    // A person who writes about an invoice is no shop, whatever words stand in the subject.
    let from_shop = view.is_machine() || SHOP.is_match(&view.sender);
    let document = view
        .message
        .attachments
        .iter()
        .find(|a| DOCUMENT.is_match(&a.name));
    let has_proof = details.amount.is_some() || details.tracking.is_some() || document.is_some();
    for words in [&SHIPPING, &INVOICE, &RECEIPT] {
        let in_subject = words.subject.find(view.subject());
        // What bulk mail says in its text is praise of goods more often than news of them.
        let in_text = words.text.find(text).filter(|_| !view.is_bulk());
        // News of a parcel often has neither number nor price; who sends it says enough.
        let of_carrier = matches!(words.paper, Paper::Shipping) && from_shop && !view.is_bulk();
        let is_it = match (in_subject.is_some(), in_text.is_some()) {
            (true, _) if of_carrier => true,
            (true, true) => has_proof || from_shop,
            (true, false) => has_proof && (from_shop || document.is_some() || !view.is_known()),
            (false, true) => has_proof && from_shop,
            (false, false) => false,
        };
        if is_it && let Some(word) = in_subject.or(in_text) {
            return Some(finding(view, words.paper, word.as_str(), details));
        }
    }
    None
}

fn finding(view: &View<'_>, paper: Paper, word: &str, details: Details) -> Finding {
    let who = view.who();
    let sum = details.amount.as_ref().map_or(String::new(), |amount| {
        format!(" {} {}", amount.value, amount.currency)
    });
    let (kind, reason) = match (paper, details.due) {
        (Paper::Shipping, _) => (
            Kind::Shipping,
            format!("{who} tells where a parcel of yours is"),
        ),
        (Paper::Invoice, Some(due)) => (
            Kind::Invoice,
            format!("{who} asks you to pay{sum} by {due}"),
        ),
        (Paper::Invoice, None) => (Kind::Invoice, format!("{who} sends an invoice{sum}")),
        (Paper::Receipt, _) => (
            Kind::Receipt,
            format!("{who} confirms an order or payment{sum}"),
        ),
    };
    let mut found = Finding::new(kind, reason, format!("the words “{word}”"));
    found.details = details;
    found
}

/// Finds the amount that matters: the one after `total`, else that of the subject, else the last.
fn amount(subject: &str, text: &str) -> Option<Amount> {
    let total = TOTAL.find_iter(text).last();
    let after = total.and_then(|m| text.get(m.end()..)).unwrap_or_default();
    let line = after.lines().next().unwrap_or_default();
    let of = |text: &str| AMOUNT.captures(text).and_then(|c| parse(&c));
    let last = || AMOUNT.captures_iter(text).last().and_then(|c| parse(&c));
    of(line).or_else(|| of(subject)).or_else(last)
}

fn parse(found: &Captures<'_>) -> Option<Amount> {
    let text = |name: &str| found.name(name).map(|m| m.as_str());
    let currency = match text("before").or_else(|| text("after"))? {
        "€" => "EUR",
        "$" => "USD",
        "£" => "GBP",
        "¥" => "JPY",
        code => code,
    };
    let digits = text("a")
        .or_else(|| text("b"))?
        .trim_end_matches(['.', ',', '\'']);
    // Two digits after the last sign are cents, in every country.
    let cents = digits
        .rsplit_once(['.', ','])
        .filter(|(_, cents)| cents.len() == 2);
    let (whole, cents) = cents.unwrap_or((digits, ""));
    let mut value: String = whole.chars().filter(char::is_ascii_digit).collect();
    if !cents.is_empty() {
        value.push('.');
        value.push_str(cents);
    }
    Some(Amount {
        value,
        currency: currency.to_owned(),
    })
}

fn due(text: &str, sent: Date) -> Option<Date> {
    DUE.find_iter(text).take(10).find_map(|word| {
        let after = text.get(word.end()..).unwrap_or_default();
        let line = after.lines().next().unwrap_or_default();
        day::first(start(line, 60), sent)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_each_country_writes_them() {
        let cases = [
            ("Total: EUR 33.20", "33.20 EUR"),
            ("Gesamtbetrag: 1.204,50 €", "1204.50 EUR"),
            ("Amount due: $1,204.50. Thanks", "1204.50 USD"),
            ("CHF 1'000.–", "1000 CHF"),
            ("Montant : 12 EUR", "12 EUR"),
            ("items 5.00 EUR, 6.00 EUR\nTotal 11.00 EUR", "11.00 EUR"),
        ];
        for (text, expected) in cases {
            let found = amount("", text).map(|a| format!("{} {}", a.value, a.currency));
            assert_eq!(found.as_deref(), Some(expected), "{text}");
        }
        assert_eq!(amount("room 12", "call 555 1234"), None);
    }
}
