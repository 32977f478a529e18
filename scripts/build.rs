//! Lays out the program so that what a session's server calls lies together.
//!
//! The kernel maps a program's code in pieces of 64 KiB around what is called (fault-around). Where
//! that is spread over all of the program, nearly all of it is mapped: 24 MB for an idle server,
//! 12 MB in the order of `link-order.ld`, which `scripts/link-order` makes. A name that is no longer
//! there costs nothing; what has none is laid out as without it.

#![expect(
    clippy::disallowed_methods,
    reason = "cargo speaks to a build script by its environment"
)]

use std::path::Path;
use std::process::{Command, Stdio};

const ORDER: &str = "scripts/link-order.ld";

fn main() {
    println!("cargo:rerun-if-changed={ORDER}");
    println!("cargo:rerun-if-changed=scripts/build.rs");
    let is = |name: &str, value: &str| std::env::var(name).is_ok_and(|found| found == value);
    if !is("PROFILE", "release") || !is("CARGO_CFG_TARGET_OS", "linux") {
        return;
    }
    let (Ok(root), Ok(out)) = (
        std::env::var("CARGO_MANIFEST_DIR"),
        std::env::var("OUT_DIR"),
    ) else {
        return;
    };
    let order = Path::new(&root).join(ORDER);
    let flag = format!("-Wl,-T,{}", order.display());
    // Not every linker can do it.
    if can_link(Path::new(&out), &flag) {
        println!("cargo:rustc-link-arg-bins={flag}");
    }
}

/// Links an empty program in the same way, and says whether that works.
fn can_link(out: &Path, flag: &str) -> bool {
    let source = out.join("empty.rs");
    let (Ok(rustc), Ok(target)) = (std::env::var("RUSTC"), std::env::var("TARGET")) else {
        return false;
    };
    if std::fs::write(&source, "fn main() {}").is_err() {
        return false;
    }
    let mut link = Command::new(rustc);
    link.arg(&source)
        .arg("-o")
        .arg(out.join("empty"))
        .args(["--target", &target])
        .args(["-C", &format!("link-arg={flag}")]);
    if let Ok(linker) = std::env::var("RUSTC_LINKER") {
        link.arg("-C").arg(format!("linker={linker}"));
    }
    if let Ok(more) = std::env::var("CARGO_ENCODED_RUSTFLAGS") {
        link.args(more.split('\u{1f}').filter(|flag| !flag.is_empty()));
    }
    let ran = link.stdout(Stdio::null()).stderr(Stdio::null()).status();
    ran.is_ok_and(|status| status.success())
}
