//! `legwork mail attachments` and `save`: the files of a message, told by their bytes, saved under
//! safe names.

use std::path::PathBuf;

use super::{Context, Desk, Failure, pick, refused};
use crate::action::Attachment;
use crate::cli::columns;
use crate::mail::{mime, save};
use crate::untrusted;

/// List the files of a message, with what they are by their bytes
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Its number in the last list, its id, or the beginning of it
    #[arg(value_name = "ID|NUMBER")]
    message: String,
}

/// Save files of a message; never over another file
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct SaveArgs {
    /// The message: its number in the last list, its id, or the beginning of it
    #[arg(value_name = "ID|NUMBER")]
    message: String,
    /// Which files, by their numbers in 'mail attachments'
    #[arg(
        value_name = "N",
        required_unless_present = "all",
        conflicts_with = "all"
    )]
    files: Vec<usize>,
    /// All of them
    #[arg(long)]
    all: bool,
    /// Into this folder instead of the current one
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    to: PathBuf,
}

pub(super) fn list(args: &Args, desk: &Desk, context: &Context) -> Result<u8, Failure> {
    let id = pick::message(&args.message, desk, context)?;
    desk.bring(&id)?;
    let message = desk.mail.read(&id).map_err(refused)?;
    super::warn(&message.diagnostics, context);
    if context.json {
        let files = (1..).zip(&message.attachments);
        let files = files.map(|(number, file)| {
            serde_json::json!({
                "number": number,
                "name": file.name,
                "media_type": file.media_type,
                "found": file.found,
                "size": file.size,
                "warning": mime::warning(file),
            })
        });
        context.print_json(&files.collect::<Vec<_>>())?;
        return Ok(0);
    }
    if message.attachments.is_empty() {
        context.say("nothing is attached");
        return Ok(0);
    }
    context.print(&lines(&message.attachments, context.out))?;
    context.say(
        &context
            .err
            .dim("'legwork mail save' writes them to a folder"),
    );
    Ok(0)
}

/// One line a file: number, name, type, size and what to know before opening it.
pub(super) fn lines(files: &[Attachment], paint: crate::cli::Paint) -> String {
    let lines = (1_usize..).zip(files).map(|(number, file)| {
        let name = untrusted::line(&file.name, 120);
        let kind = paint.dim(&untrusted::line(&file.media_type, 80));
        let warning = mime::warning(file).map_or_else(String::new, |warning| {
            let warning = untrusted::line(&warning, 120);
            format!("  {}", paint.warn(&format!("({warning})")))
        });
        let size = columns::bytes(file.size);
        format!("{number:>3}  {name}  {kind}  {size}{warning}\n")
    });
    lines.collect()
}

pub(super) fn save_files(args: &SaveArgs, desk: &Desk, context: &Context) -> Result<u8, Failure> {
    let id = pick::message(&args.message, desk, context)?;
    if !args.to.is_dir() {
        let folder = args.to.display();
        return Err(Failure::user(format!("there is no folder {folder}"))
            .hint("make it first, or name another with --to"));
    }
    desk.bring(&id)?;
    let count = desk.mail.read(&id).map_err(refused)?.attachments.len();
    let numbers = if args.all {
        (1..=count).collect()
    } else {
        args.files.clone()
    };
    if let Some(wrong) = numbers.iter().find(|number| !(1..=count).contains(number)) {
        return Err(none(*wrong, count));
    }
    let bytes = desk.mail.raw(&id).map_err(refused)?;
    let mut saved = Vec::new();
    for number in numbers {
        let file = mime::file(&bytes, number).ok_or_else(|| none(number, count))?;
        let path = save(&args.to, &file.about.name, &file.bytes).map_err(refused)?;
        if !context.json {
            let size = columns::bytes(file.about.size);
            context.print(&format!("{}  {size}\n", path.display()))?;
            if let Some(warning) = mime::warning(&file.about) {
                let warning = untrusted::line(&warning, 120);
                context.say(&format!("{} {warning}", context.err.warn("careful:")));
            }
        }
        saved.push(path);
    }
    if context.json {
        context.print_json(&serde_json::json!({ "saved": saved }))?;
    } else if saved.is_empty() {
        context.say("nothing is attached");
    }
    Ok(0)
}

fn none(number: usize, count: usize) -> Failure {
    let sentence = match count {
        0 => "nothing is attached to that message".to_owned(),
        count => format!("there is no file {number} in that message, it has {count}"),
    };
    Failure::user(sentence).hint("'legwork mail attachments' lists the files")
}
