//! Encryption: the system's authorities, one of the user's own, and what a certificate lacks.

use std::io;
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{CertificateError, ClientConfig, ClientConnection, RootCertStore};

use super::error::ServerError;

/// Makes the settings of encrypted connections; `ca` names an authority to trust besides the
/// system's.
///
/// # Errors
/// [`ServerError::Authority`] when the file can't be used.
pub(super) fn config(ca: Option<&Path>) -> Result<Arc<ClientConfig>, ServerError> {
    let mut roots = RootCertStore::empty();
    // A machine without any can still trust the user's own.
    let (_, refused) =
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if refused > 0 {
        tracing::debug!(refused, "the system holds certificates that can't be read");
    }
    if let Some(file) = ca {
        let problem = |problem: String| ServerError::Authority {
            file: file.display().to_string(),
            problem,
        };
        let found =
            CertificateDer::pem_file_iter(file).map_err(|error| problem(error.to_string()))?;
        let mut count = 0;
        for cert in found {
            let cert = cert.map_err(|error| problem(error.to_string()))?;
            roots
                .add(cert)
                .map_err(|error| problem(error.to_string()))?;
            count += 1;
        }
        if count == 0 {
            return Err(problem("it holds no certificate".to_owned()));
        }
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let built = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let built = built.map_err(|error| ServerError::Authority {
        file: String::new(),
        problem: error.to_string(),
    })?;
    let config = built.with_root_certificates(roots).with_no_client_auth();
    Ok(Arc::new(config))
}

/// Begins an encrypted connection to the server that must prove to be `host`.
pub(super) fn begin(
    config: Arc<ClientConfig>,
    host: &str,
) -> Result<ClientConnection, ServerError> {
    let odd = |what: String| ServerError::Odd {
        host: host.to_owned(),
        what,
    };
    let name = ServerName::try_from(host.to_owned()).map_err(|error| odd(error.to_string()))?;
    ClientConnection::new(config, name).map_err(|error| odd(error.to_string()))
}

/// Tells what is wrong with a certificate from every other trouble.
pub(super) fn explain(error: io::Error, host: &str, port: u16) -> ServerError {
    let host = host.to_owned();
    let inner = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match inner {
        Some(rustls::Error::InvalidCertificate(problem)) => ServerError::Untrusted {
            problem: words(problem),
            host,
        },
        _ if is_silence(&error) => ServerError::Silent {
            host,
            what: "the beginning of encryption".to_owned(),
        },
        _ => ServerError::Tls {
            host,
            port,
            source: error,
        },
    }
}

/// Says whether a read or write ended because time ran out.
pub(super) fn is_silence(error: &io::Error) -> bool {
    let kind = error.kind();
    matches!(kind, io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock)
}

fn words(problem: &CertificateError) -> String {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the list of rustls grows; what is not named here is said in its words"
    )]
    match problem {
        CertificateError::UnknownIssuer => "nobody known vouches for it".to_owned(),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "it has expired".to_owned()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "it is not valid yet".to_owned()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "it bears another name".to_owned()
        }
        CertificateError::Revoked => "it was revoked".to_owned(),
        other => other.to_string(),
    }
}
