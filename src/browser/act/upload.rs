//! Hands files to a page: straight to its file field, through the file dialog that a button opens,
//! which is intercepted and never shown, or dropped where no dialog opens.
//!
//! The browser gets copies in its own folder: it may run as a user who can't read the originals,
//! and what was approved stays what is sent.

use std::fs;
use std::io::Read as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use chromiumoxide::cdp::browser_protocol::dom::{
    BackendNodeId, ResolveNodeParams, SetFileInputFilesParams,
};
use chromiumoxide::cdp::browser_protocol::page::SetInterceptFileChooserDialogParams;
use chromiumoxide::cdp::js_protocol::runtime::{CallFunctionOnParams, RemoteObjectId};
use serde::Deserialize;

use super::{Acted, Refusal, Target, Trouble, refuse};
use crate::action::{Evidence, Outcome, Upload};
use crate::browser::Browser;
use crate::browser::error::Error;
use crate::browser::settle::Mark;
use crate::browser::state::{Happening, State};
use crate::browser::world;
use crate::deadline::Deadline;
use crate::untrusted;

/// Most files handed over at once.
const FILES_MAX: usize = 20;
/// Largest file that is handed over: 256 MiB.
const FILE_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Longest wait for the file dialog after the click on its button: browsers open it only while they
/// handle the click, or soon after.
const CHOOSER_LIMIT: Duration = Duration::from_secs(2);

/// A file that the browser can read.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Staged {
    path: PathBuf,
    name: String,
    bytes: u64,
}

/// What the page says of the element that should take files.
#[derive(Debug, Deserialize)]
struct FileField {
    n: Option<u32>,
    #[serde(default)]
    many: bool,
    #[serde(flatten)]
    refusal: Refusal,
}

/// The files that a page got to see.
#[derive(Debug, Deserialize)]
struct Got {
    #[serde(default)]
    seen: Vec<(String, u64)>,
}

impl Browser {
    /// Hands the files to the page and tells what that brought.
    pub(super) async fn upload(&mut self, upload: &Upload, deadline: &Deadline) -> Acted {
        let target = self.target(upload.target, deadline).await?;
        let files = self.stage(&upload.files)?;
        let script = format!(
            "(__legwork.watch({0}), __legwork.fileField({0}))",
            target.number
        );
        let field: FileField = self.ask(&target, script, deadline).await?;
        if field.refusal.no.is_some() {
            return Err(refuse(&target, &field.refusal));
        }
        let (mark, who) = match field.n {
            Some(number) => {
                if files.len() > 1 && !field.many {
                    return Err(one_only(&field.refusal.name));
                }
                let element = format!("__legwork.get({number})");
                let object = self.object(&target, element, deadline).await?;
                let object = object.ok_or(Error::Detached)?;
                let mark = self.mark();
                self.set_files(&target, &object, &files, deadline).await?;
                (mark, field.refusal.name)
            }
            None => self.by_dialog(&target, &files, deadline).await?,
        };
        self.told_of(&target, &who, (mark, &files), deadline).await
    }

    /// Settles, and compares the files that the page got with those that were to be sent.
    async fn told_of(
        &mut self,
        target: &Target,
        who: &str,
        (mut mark, files): (Mark, &[Staged]),
        deadline: &Deadline,
    ) -> Acted {
        let got = self
            .ask::<Got>(target, "__legwork.gotFiles()".to_owned(), deadline)
            .await;
        mark.acted = Instant::now();
        let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
        let summary = format!("gave {} to {who}", names.join(", "));
        let mut outcome = self
            .finish(&mark, Some(&target.here), summary, deadline)
            .await?;
        match got {
            Ok(got) => prove(&mut outcome, who, &got, files)?,
            Err(error) if error.is_document_gone() || matches!(error, Error::Blocked) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(outcome)
    }

    /// Clicks the button and answers the file dialog that it opens.
    async fn by_dialog(
        &mut self,
        target: &Target,
        files: &[Staged],
        deadline: &Deadline,
    ) -> Result<(Mark, String), Trouble> {
        let session = target.here.session.clone();
        self.intercept_dialog(&session, true, deadline).await?;
        let chosen = self.choose_files(target, files, deadline).await;
        let off = self.intercept_dialog(&session, false, deadline).await;
        let chosen = chosen?;
        off?;
        Ok(chosen)
    }

    async fn intercept_dialog(
        &self,
        session: &str,
        on: bool,
        deadline: &Deadline,
    ) -> Result<(), Error> {
        let params = SetInterceptFileChooserDialogParams::new(on);
        self.driver.call(Some(session), params, deadline).await?;
        Ok(())
    }

    async fn choose_files(
        &mut self,
        target: &Target,
        files: &[Staged],
        deadline: &Deadline,
    ) -> Result<(Mark, String), Trouble> {
        let clicked = self.click_on(target, deadline).await?;
        let (mark, who) = (clicked.mark, clicked.name);
        let asked = |state: &State| {
            let after = state.happened.iter().rev();
            let mut asked =
                after
                    .take_while(|(at, _)| *at > mark.at)
                    .filter_map(|(_, happening)| match happening {
                        Happening::Chooser {
                            session,
                            field,
                            many,
                        } if *session == target.here.session => Some((*field, *many)),
                        Happening::Chooser { .. }
                        | Happening::Drag { .. }
                        | Happening::Dialog { .. }
                        | Happening::Download(_)
                        | Happening::TabOpened { .. }
                        | Happening::TabClosed { .. } => None,
                    });
            asked.next()
        };
        let limit = deadline.child(CHOOSER_LIMIT);
        let has_asked = |state: &State| asked(state).is_some();
        self.driver.wait_until(&limit, has_asked).await?;
        let Some((field, many)) = asked(&self.driver.state().borrow()) else {
            return self.by_drop(target, &who, files, deadline).await;
        };
        let field = field.ok_or_else(|| {
            Trouble::tell(
                format!("{who} asks for files in a way that can't be answered"),
                "hand the file over by another way",
            )
        })?;
        if files.len() > 1 && !many {
            return Err(one_only(&who));
        }
        let resolve = ResolveNodeParams {
            backend_node_id: Some(BackendNodeId::new(field)),
            execution_context_id: Some(target.here.context_id()),
            ..ResolveNodeParams::default()
        };
        let session = Some(target.here.session.as_str());
        let node = self.driver.call(session, resolve, deadline).await?.object;
        let object = node.object_id.ok_or(Error::Detached)?;
        self.set_files(target, &object, files, deadline).await?;
        Ok((mark, who))
    }

    /// Drops the files where a click opened no dialog.
    async fn by_drop(
        &mut self,
        target: &Target,
        who: &str,
        files: &[Staged],
        deadline: &Deadline,
    ) -> Result<(Mark, String), Trouble> {
        let paths = files.iter().map(|file| file.path.display().to_string());
        match self.drop_files(target, paths.collect(), deadline).await {
            Err(Trouble::Tell { .. }) => Err(Trouble::tell(
                format!("{who} was clicked but asks for no file, and takes none dropped on it"),
                "look at the page; name the element that opens the file dialog",
            )),
            other => other,
        }
    }

    /// Puts the files into the field, which tells the page of them; the page is watched for it.
    async fn set_files(
        &self,
        target: &Target,
        field: &RemoteObjectId,
        files: &[Staged],
        deadline: &Deadline,
    ) -> Result<(), Trouble> {
        let session = Some(target.here.session.as_str());
        let watch = CallFunctionOnParams {
            object_id: Some(field.clone()),
            return_by_value: Some(true),
            ..CallFunctionOnParams::new("function() { return __legwork.expectFiles(this) }")
        };
        let sent = self.driver.send_for(session, watch, deadline).await?;
        let _: bool = world::value(sent, deadline).await?;
        let paths = files.iter().map(|file| file.path.display().to_string());
        let set = SetFileInputFilesParams {
            object_id: Some(field.clone()),
            ..SetFileInputFilesParams::new(paths.collect::<Vec<_>>())
        };
        match self.driver.call(session, set, deadline).await {
            Ok(_) | Err(Error::Blocked) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Copies the files to where the browser may read them.
    fn stage(&mut self, files: &[String]) -> Result<Vec<Staged>, Trouble> {
        if files.is_empty() || files.len() > FILES_MAX {
            return Err(Trouble::tell(
                format!("{} files can't be handed over at once", files.len()),
                format!("name 1 to {FILES_MAX} files"),
            ));
        }
        let mut staged = Vec::new();
        for file in files {
            let path = Path::new(file);
            let shown = untrusted::line(file, 200);
            let refused = |error: &std::io::Error| {
                let what = if error.kind() == std::io::ErrorKind::NotFound {
                    format!("there is no file '{shown}'")
                } else {
                    format!("'{shown}' can't be read: {error}")
                };
                Trouble::tell(what, "name a file that is there and that you can read")
            };
            let meta = fs::metadata(path).map_err(|error| refused(&error))?;
            if !meta.is_file() {
                return Err(Trouble::tell(
                    format!("'{shown}' is not a file"),
                    "name a file",
                ));
            }
            if meta.len() > FILE_BYTES_MAX {
                let most = FILE_BYTES_MAX / 1024 / 1024;
                return Err(Trouble::tell(
                    format!("'{shown}' is larger than {most} MiB"),
                    "hand it over by another way",
                ));
            }
            let name = path.file_name().unwrap_or_default();
            let name = name.to_string_lossy().into_owned();
            self.uploads += 1;
            let path = match self.folder() {
                Some(folder) => {
                    let place = folder.join("uploads").join(self.uploads.to_string());
                    copy(path, &place, &name).map_err(|error| refused(&error))?
                }
                None => path.to_owned(),
            };
            staged.push(Staged {
                path,
                name,
                bytes: meta.len(),
            });
        }
        Ok(staged)
    }
}

/// Copies `file` into the new folder `place`, readable by whoever owns the browser's folder.
fn copy(file: &Path, place: &Path, name: &str) -> std::io::Result<PathBuf> {
    let uploads = place.parent().unwrap_or(place);
    let owner = uploads.parent().unwrap_or(uploads).metadata()?;
    let give = |path: &Path| -> std::io::Result<()> {
        if rustix::process::geteuid().is_root() {
            std::os::unix::fs::chown(path, Some(owner.uid()), Some(owner.gid()))?;
        }
        Ok(())
    };
    crate::home::make_private(place)?;
    give(uploads)?;
    give(place)?;
    let path = place.join(name);
    let mut copy = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&path)?;
    std::io::copy(&mut fs::File::open(file)?.take(FILE_BYTES_MAX), &mut copy)?;
    give(&path)?;
    Ok(path)
}

fn one_only(who: &str) -> Trouble {
    Trouble::tell(format!("{who} takes one file only"), "name one file")
}

/// Adds the files that the page got as evidence.
fn prove(outcome: &mut Outcome, who: &str, got: &Got, files: &[Staged]) -> Result<(), Trouble> {
    for file in files {
        let is_there = got
            .seen
            .iter()
            .any(|(name, bytes)| *name == file.name && *bytes == file.bytes);
        let name = untrusted::line(&file.name, 120);
        if !is_there {
            return Err(Trouble::tell(
                format!("{who} did not take {name}"),
                "look at the page; it may say which files it takes",
            ));
        }
        outcome.evidence.push(Evidence {
            fact: format!("the page got {name}, {} bytes", file.bytes),
            source: who.to_owned(),
        });
    }
    Ok(())
}
