#!/usr/bin/env python3
"""Kills `legwork mail send` with SIGKILL at random moments, over servers that lose answers, and counts in the
rig's smtp.jsonl: no letter may arrive twice, and none may be lost without being told of.

    send_storm.py DIR --legwork target/debug/legwork [--rounds 200] [--rand 1] [--imap]

With --imap the drafts lie on the IMAP server, else in the Maildir. DIR is the rig's work directory (made, started and ended here). Ends with one JSON line; exit code 1 on any finding.
"""
import argparse, imaplib, json, os, random, signal, ssl, subprocess, sys, time
from collections import Counter
from pathlib import Path

RIG = Path(__file__).resolve().parent
# Who is written to: a plain user, and users whose server misbehaves after the message has begun to leave.
WAYS = ["bob@mail.test", "slow@fault.test", "drop@fault.test", "lost@fault.test", "greylist@fault.test",
        "datafail@fault.test", "reject@fault.test"]


def main():
    args = argparse.ArgumentParser()
    args.add_argument("dir")
    args.add_argument("--legwork", required=True)
    args.add_argument("--rounds", type=int, default=200)
    args.add_argument("--rand", type=int, default=1)
    args.add_argument("--imap", action="store_true")
    args = args.parse_args()
    rig = Path(args.dir).resolve()
    facts = json.loads(subprocess.run([RIG / "mail-up", rig, "--users", "alice,bob", "--seed", "0"], check=True,
                                      capture_output=True, text=True).stdout)
    try:
        kind = ImapStorm if args.imap else Storm
        storm = kind(rig, facts, os.path.abspath(args.legwork), random.Random(args.rand))
        report = storm.run(args.rounds)
    finally:
        subprocess.run([RIG / "mail-down", rig], check=False, capture_output=True)
    print(json.dumps(report))
    sys.exit(1 if report["duplicates"] or report["silent_losses"] or report["wrongly_told"] else 0)


class Storm:
    def __init__(self, rig, facts, legwork, rand):
        self.rig, self.legwork, self.rand = rig, legwork, rand
        self.home = rig / "legwork-home"
        self.home.mkdir(mode=0o700, exist_ok=True)
        port = facts["smtp"]
        (self.home / "config.toml").write_text(f"""
[me]
name = "Alice"
emails = ["alice@mail.test"]
[send]
through = "rig"
[[mail]]
name = "rig"
address = "alice@mail.test"
user = "alice"
ca = "{rig}/tls/ca.crt"
password_command = ["echo", "secret"]
imap = {{ host = "localhost", port = {facts["imaps"]} }}
smtp = {{ host = "localhost", port = {port}, tls = "starttls" }}
""")
        self.env = {"PATH": os.environ["PATH"], "LEGWORK_HOME": str(self.home)}
        self.facts = facts
        self.begin()

    account = "local"

    def begin(self):
        self.call("mail", "list", "Drafts")
        self.drafts = next(self.home.rglob(".Drafts/cur"))

    def call(self, *words):
        words = [self.legwork, *words, "--account", self.account]
        return subprocess.run(words, env=self.env, capture_output=True, text=True)

    def letters(self):
        return json.loads(self.call("mail", "outbox", "--all", "--json").stdout)["letters"]

    def taken(self):
        log = self.rig / "smtp.jsonl"
        lines = log.read_text().splitlines() if log.exists() else []
        return Counter(json.loads(line)["message_id"].strip("<>") for line in lines)

    def text(self, number, to):
        return (f"From: Alice <alice@mail.test>\r\nTo: {to}\r\nSubject: Round {number}\r\n"
                f"Message-ID: <round-{number}@storm.test>\r\nDate: Mon, 15 Mar 2027 09:00:00 +0000\r\n"
                f"Bcc: hidden-{number}@fault.test\r\n\r\n{'A line of some length. ' * 3}\r\n" * 1)

    def write(self, number, to):
        name = f"{1800000000 + number}.R{number}.storm"
        (self.drafts / f"{name}:2,DS").write_text(self.text(number, to))
        return name

    def drafted(self):
        """The numbers of the rounds whose drafts are still there."""
        return {int(path.name.split(".R")[1].split(".")[0]) for path in self.drafts.iterdir()}

    def run(self, rounds):
        ends, killed, wrong = Counter(), 0, []
        length = 0.0
        for number in range(rounds):
            to = WAYS[number % len(WAYS)].replace("greylist@", f"greylist+{number}@")
            name = self.write(number, to)
            began = time.monotonic()
            sender = subprocess.Popen([self.legwork, "mail", "send", name, "--yes", "--account", self.account],
                                      env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            # The first of each way runs to its end and shows how long that takes.
            if number < len(WAYS):
                sender.wait()
                length = max(length, min(time.monotonic() - began, 4.0))
            else:
                try:
                    sender.wait(timeout=self.rand.uniform(0.02, length))
                except subprocess.TimeoutExpired:
                    sender.send_signal(signal.SIGKILL)
                    sender.wait()
                    killed += 1
            message_id = f"round-{number}@storm.test"
            ends[self.follow(number, message_id, name, wrong)] += 1
            if number % 20 == 19:
                print(f"{number + 1} rounds, {killed} killed, {dict(ends)}", file=sys.stderr, flush=True)
        taken = self.taken()
        states = {letter["message_id"]: letter["state"] for letter in self.letters()}
        told = lambda m: states.get(m) in ("queued", "unknown", "rejected", "cancelled")
        names = {f"round-{n}@storm.test": n for n in range(rounds)}
        here = self.drafted()
        lost = [m for m, n in names.items() if not taken[m] and not told(m) and n not in here]
        lost += [m for m, state in states.items() if state == "sent" and not taken[m]]
        return {"rounds": rounds, "killed": killed, "ends": dict(ends), "arrived": sum(1 for m in names if taken[m]),
                "duplicates": [m for m, n in taken.items() if n > 1], "silent_losses": lost, "wrongly_told": wrong}

    def follow(self, number, message_id, name, wrong):
        """What the next run finds; goes on with what waits, as its owner would."""
        for _ in range(3):
            found = [letter for letter in self.letters() if letter["message_id"] == message_id]
            if not found:
                # Killed before it was approved: the draft lies where it lay.
                return "not begun"
            letter = found[0]
            arrived = self.taken()[message_id]
            if letter["state"] == "queued":
                if arrived:
                    wrong.append(message_id)
                self.call("mail", "outbox", "send", str(letter["id"]))
                continue
            if letter["state"] in ("rejected", "cancelled") and arrived:
                wrong.append(message_id)
            if letter["state"] == "unknown":
                # Approving it again must not send it.
                self.call("mail", "send", name, "--yes")
                return "unknown, arrived" if arrived else "unknown, not arrived"
            return letter["state"]
        return "queued"


class ImapStorm(Storm):
    """The same with drafts on the IMAP server; what is sent has its one copy in Sent there."""
    account = "rig"

    def begin(self):
        self.call("mail", "sync")

    def imap(self):
        context = ssl.create_default_context(cafile=self.facts["ca"])
        server = imaplib.IMAP4_SSL("localhost", self.facts["imaps"], ssl_context=context)
        server.login("alice", "secret")
        return server

    def write(self, number, to):
        with self.imap() as server:
            server.append("Drafts", r"(\Draft \Seen)", None, self.text(number, to).encode())
        self.call("mail", "sync")
        listed = json.loads(self.call("mail", "list", "Drafts", "--limit", "500", "--json").stdout)
        return next(m["id"] for m in listed["messages"] if m["subject"] == f"Round {number}")

    def drafted(self):
        return self.rounds_in("Drafts")

    def rounds_in(self, mailbox):
        with self.imap() as server:
            server.select(mailbox, readonly=True)
            _, found = server.fetch("1:*", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
        texts = [part[1].decode() for part in found if isinstance(part, tuple)]
        numbers = [int(text.split("Round ")[1]) for text in texts if "Round " in text]
        if mailbox == "Sent" and len(numbers) != len(set(numbers)):
            raise SystemExit(f"two copies in Sent: {sorted(numbers)}")
        return set(numbers)

    def run(self, rounds):
        report = super().run(rounds)
        self.rounds_in("Sent")
        return report


main()
