//! Makes the assembly that SHA-384 and SHA-512 are computed with (`src/common/sys/sha512.rs`).
//!
//! OpenSSL keeps it as a Perl program that writes it. That program is run, and nothing else of OpenSSL is built. What
//! cannot have it, for want of the processor or of an assembler that knows AVX2, goes without: then
//! `--cfg=sha512_avx2` is not given.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-check-cfg=cfg(sha512_avx2)");
    if env::var("CARGO_CFG_TARGET_ARCH")? != "x86_64" {
        return Ok(());
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("no OUT_DIR")?);
    // By the file's name the program is told which of two functions to write.
    let text = perl(&out.join("sha512-openssl.s"))?;
    if !text.contains("sha512_block_data_order_avx2:") {
        println!("cargo:warning=the assembler knows no AVX2: SHA-512 will be slower");
        return Ok(());
    }
    let file = out.join("sha512.s");
    fs::write(&file, adapted(&text))?;
    cc::Build::new().file(&file).try_compile("ringutils_sha512")?;
    println!("cargo:rustc-cfg=sha512_avx2");
    Ok(())
}

/// Has OpenSSL's program write to `file`, and reads that.
fn perl(file: &Path) -> Result<String, Box<dyn Error>> {
    let program = openssl_src::source_dir().join("crypto/sha/asm/sha512-x86_64.pl");
    let mut perl = Command::new("perl");
    // It asks the compiler's assembler what it knows.
    perl.env("CC", cc::Build::new().try_get_compiler()?.path());
    let status = perl.arg(program).arg("elf").arg(file).status().map_err(|error| format!("perl: {error}"))?;
    if !status.success() {
        return Err(format!("perl: {status}").into());
    }
    Ok(fs::read_to_string(file)?)
}

/// Makes the function for AVX2, which OpenSSL calls from another one, to be called from outside, and gives all a name
/// that no OpenSSL in the same process has. What that other function would look at, and nobody calls, is left empty.
fn adapted(text: &str) -> String {
    let text = text
        .replace("sha512_block_data_order", "ringutils_sha512")
        .replace("OPENSSL_ia32cap_P", "ringutils_sha512_unused");
    format!(
        "{text}
.globl ringutils_sha512_avx2
.hidden ringutils_sha512_avx2
.comm ringutils_sha512_unused,64,16
.section .note.GNU-stack,\"\",@progbits
"
    )
}
