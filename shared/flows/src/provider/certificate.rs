//! Client certificates: read from PEM, matched with their key, and their end.

use std::time::Duration;

use domain::{alarm::Alarm, ids::ClientId, merchant::ProviderAccount, time::Timestamp};
use providers::ClientCertificate;
use rustls::{
    ClientConfig, ConfigBuilder,
    client::WantsClientCert,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use zeroize::Zeroizing;

use crate::tls;

/// How long before its end a certificate is alarmed about.
const AHEAD: Duration = Duration::from_hours(24 * 30);

/// Why a client certificate is unusable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unusable {
    /// The certificate cannot be read.
    Certificate,
    /// The dates of the certificate cannot be read.
    Dates,
    /// The private key cannot be read: it may have a passphrase.
    Key,
    /// The private key is another certificate's.
    Pair,
}

/// A client certificate that was read.
pub(crate) struct Loaded {
    /// What connections are set up with.
    pub(crate) tls: ClientConfig,
    /// When it is valid; none where that cannot be read.
    pub(crate) validity: Option<Validity>,
}

/// When a certificate is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Validity {
    /// From here on.
    pub(crate) begins: Timestamp,
    /// Until here.
    pub(crate) ends: Timestamp,
}

/// `tls` with `certificate`, and when that is valid.
pub(crate) fn load(
    tls: ConfigBuilder<ClientConfig, WantsClientCert>,
    certificate: &ClientCertificate,
) -> Result<Loaded, Unusable> {
    let chain = certificates(certificate.chain.as_bytes())?;
    let key = PrivateKeyDer::from_pem_slice(certificate.key.as_bytes()).map_err(|_| Unusable::Key)?;
    // The server reads the whole chain: one part that is no certificate ends the connection without a word.
    if !chain.iter().skip(1).all(|issuer| validity(issuer).is_some()) {
        return Err(Unusable::Certificate);
    }
    let validity = chain.first().and_then(|own| validity(own));
    let tls = tls.with_client_auth_cert(chain, key).map_err(|error| match error {
        rustls::Error::InvalidCertificate(_) => Unusable::Certificate,
        rustls::Error::InconsistentKeys(_) => Unusable::Pair,
        _ => Unusable::Key,
    })?;
    Ok(Loaded { tls, validity })
}

/// When the certificate `chain` is valid, of which `key` is the private key.
pub(crate) fn check(chain: &str, key: &str) -> Result<Validity, Unusable> {
    let own = |text: &str| Zeroizing::new(text.to_owned());
    let tls = tls::trusting(&[]).map_err(|_| Unusable::Certificate)?;
    load(tls, &ClientCertificate { chain: own(chain), key: own(key) })?.validity.ok_or(Unusable::Dates)
}

/// Alarms where a certificate ends soon, or has ended.
pub(crate) fn watch(client: ClientId, account: &ProviderAccount, validity: Option<Validity>, now: Timestamp) {
    let ends = validity.map(|validity| validity.ends);
    let Some(ends) = ends.filter(|ends| ends_soon(*ends, now)) else { return };
    let (alarm, provider) = (Alarm::CertificateEnds, account.kind.name());
    tracing::error!(%alarm, %client, provider, provider_account = %account.id, %ends, "the client certificate of a provider account ends soon, or has ended; get a new one from the provider and give it to the account");
}

/// Whether a certificate with this end is alarmed about.
pub(crate) fn ends_soon(ends: Timestamp, now: Timestamp) -> bool {
    ends < now.plus(AHEAD)
}

/// Every certificate of a text in PEM, of which there is at least one.
pub(crate) fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Unusable> {
    let chain: Vec<_> =
        CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().map_err(|_| Unusable::Certificate)?;
    if chain.is_empty() { Err(Unusable::Certificate) } else { Ok(chain) }
}

const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;

/// When a certificate is valid (RFC 5280, section 4.1).
fn validity(certificate: &[u8]) -> Option<Validity> {
    let (_, certificate, _) = element(certificate)?;
    let (_, signed, _) = element(certificate)?;
    let (tag, _, after_version) = element(signed)?;
    // The version may be left out.
    let (_, _, after_serial) = element(if tag == VERSION { after_version } else { signed })?;
    let (_, _, after_algorithm) = element(after_serial)?;
    let (_, _, after_issuer) = element(after_algorithm)?;
    let (tag, validity, _) = element(after_issuer)?;
    let (begin_tag, begin, after_begin) = element(validity).filter(|_| tag == SEQUENCE)?;
    let (end_tag, end, _) = element(after_begin)?;
    Some(Validity { begins: instant(begin_tag, begin)?, ends: instant(end_tag, end)? })
}

/// The first element of `der`: its tag, its content, and what follows it.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = der.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(*first), rest),
        0x81..=0x83 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (digits.iter().fold(0_usize, |length, digit| length << 8 | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((*tag, content, rest))
}

/// `YYMMDDHHMMSSZ` of the years 1950 to 2049, or the same with all of the year.
fn instant(tag: u8, text: &[u8]) -> Option<Timestamp> {
    let text = std::str::from_utf8(text).ok()?;
    let century = match tag {
        UTC_TIME if text < "50" => "20",
        UTC_TIME => "19",
        _ => "",
    };
    let digits = format!("{century}{}", text.strip_suffix('Z')?);
    let part = |from: usize, to: usize| digits.get(from..to);
    let [year, month, day] = [part(0, 4)?, part(4, 6)?, part(6, 8)?];
    let [hour, minute, second] = [part(8, 10)?, part(10, 12)?, part(12, 14)?];
    format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z").parse().ok()
}

/// Certificates for the tests.
#[cfg(test)]
pub(crate) mod samples {
    use providers::ClientCertificate;
    use rcgen::{
        BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair, date_time_ymd,
    };

    /// Who signs the certificates of one test.
    pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

    impl Authority {
        pub(crate) fn new() -> Self {
            let mut params = CertificateParams::default();
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
        }

        /// Its own certificate.
        pub(crate) fn root(&self) -> String {
            self.0.pem()
        }

        /// The certificate of a server on loopback.
        pub(crate) fn server(&self) -> ClientCertificate {
            self.signed(&CertificateParams::new(["127.0.0.1".to_owned()]).unwrap())
        }

        /// The certificate of a client, until the first day of this year.
        pub(crate) fn client(&self, until: i32) -> ClientCertificate {
            let mut params = CertificateParams::default();
            (params.not_before, params.not_after) = (date_time_ymd(1995, 1, 1), date_time_ymd(until, 1, 1));
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
            self.signed(&params)
        }

        fn signed(&self, params: &CertificateParams) -> ClientCertificate {
            let key = KeyPair::generate().unwrap();
            let chain = params.signed_by(&key, &self.0).unwrap().pem() + &self.root();
            ClientCertificate { chain: chain.into(), key: key.serialize_pem().into() }
        }
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine, prelude::BASE64_STANDARD as STANDARD};

    use super::{samples::Authority, *};

    #[test]
    fn the_dates_of_a_certificate_are_read_in_both_forms_of_time() {
        for (year, expected) in
            [(1999, "1999-01-01T00:00:00.000Z"), (2049, "2049-01-01T00:00:00.000Z"), (2099, "2099-01-01T00:00:00.000Z")]
        {
            let chain = certificates(Authority::new().client(year).chain.as_bytes()).unwrap();
            let read = validity(&chain[0]).unwrap();
            assert_eq!(read.ends.to_string(), expected);
            assert_eq!(read.begins.to_string(), "1995-01-01T00:00:00.000Z");
            // A certificate that is cut is no certificate, and no reason to panic.
            for length in 0..chain[0].len() {
                assert!(validity(&chain[0][..length]).is_none(), "{length}");
            }
        }
        assert!(instant(UTC_TIME, b"991231235959").is_none() && instant(UTC_TIME, "é9".as_bytes()).is_none());
    }

    #[test]
    fn a_certificate_whose_dates_cannot_be_read_cannot_be_used() {
        let good = Authority::new().client(2030);
        assert!(check(&good.chain, &good.key).is_ok());
        for (date, unreadable) in [("950101000000Z", "959901000000Z"), ("300101000000Z", "300101000000+")] {
            let mut own = certificates(good.chain.as_bytes()).unwrap()[0].to_vec();
            let at = own.windows(date.len()).position(|part| part == date.as_bytes()).unwrap();
            own[at..at + date.len()].copy_from_slice(unreadable.as_bytes());
            let text = STANDARD.encode(own);
            let chain = format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n");
            assert_eq!(check(&chain, &good.key), Err(Unusable::Dates), "{date}");
        }
    }

    #[test]
    fn an_end_within_30_days_and_one_that_is_over_are_soon() {
        let now: Timestamp = "2026-11-28T12:00:00Z".parse().unwrap();
        for (ends, is_soon) in [
            ("2026-12-28T12:00:00Z", false),
            ("2026-12-28T11:59:59Z", true),
            ("2026-11-28T12:00:00Z", true),
            ("2020-01-01T00:00:00Z", true),
        ] {
            assert_eq!(ends_soon(ends.parse().unwrap(), now), is_soon, "{ends}");
        }
    }
}
