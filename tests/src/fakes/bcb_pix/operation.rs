//! Which operation a request asks for.

use percent_encoding::percent_decode_str;

use super::{Asked, Profile};

/// One operation of the API, with the ids of its path.
pub(super) enum Operation {
    PutCob(String),
    GetCob(String),
    PatchCob(String),
    GetPix(String),
    PutDevolucao(String, String),
    GetDevolucao(String, String),
    PutWebhook(String),
    GetWebhook(String),
    CreateQrCode,
    GetRecebimento(String),
}

impl Operation {
    /// The operation, where the bank offers it.
    pub(super) fn of(profile: Profile, asked: &Asked) -> Option<Self> {
        let path = asked.path.strip_prefix(profile.prefix())?.strip_prefix('/')?;
        let parts: Vec<String> =
            path.split('/').map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned()).collect();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let own = |id: &str| id.to_owned();
        if profile == Profile::Bs2 {
            return match (asked.method.as_str(), parts.as_slice()) {
                ("POST", ["qrcodes", "dinamico"]) => Some(Self::CreateQrCode),
                ("GET", ["cob", txid]) => Some(Self::GetCob(own(txid))),
                ("PATCH", ["cob", txid]) => Some(Self::PatchCob(own(txid))),
                ("GET", ["recebimentos", id, "recebimento"]) => Some(Self::GetRecebimento(own(id))),
                _ => None,
            };
        }
        match (asked.method.as_str(), parts.as_slice()) {
            ("PUT", ["cob", txid]) => Some(Self::PutCob(own(txid))),
            ("GET", ["cob", txid]) => Some(Self::GetCob(own(txid))),
            ("PATCH", ["cob", txid]) => Some(Self::PatchCob(own(txid))),
            ("GET", ["pix", id]) => Some(Self::GetPix(own(id))),
            ("PUT", ["pix", of, "devolucao", id]) => Some(Self::PutDevolucao(own(of), own(id))),
            ("GET", ["pix", of, "devolucao", id]) => Some(Self::GetDevolucao(own(of), own(id))),
            ("PUT", ["webhook", key]) => Some(Self::PutWebhook(own(key))),
            ("GET", ["webhook", key]) => Some(Self::GetWebhook(own(key))),
            _ => None,
        }
    }

    /// The scope that opens it.
    pub(super) const fn scope(&self) -> &'static str {
        match self {
            Self::PutCob(_) | Self::PatchCob(_) | Self::CreateQrCode => "cob.write",
            Self::GetCob(_) => "cob.read",
            Self::PutDevolucao(..) => "pix.write",
            Self::GetPix(_) | Self::GetDevolucao(..) | Self::GetRecebimento(_) => "pix.read",
            Self::PutWebhook(_) => "webhook.write",
            Self::GetWebhook(_) => "webhook.read",
        }
    }
}
