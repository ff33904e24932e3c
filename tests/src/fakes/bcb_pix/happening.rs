//! What happens at the bank without a request of the receiver. Each is in the books at once.

use super::{
    BcbPix, CobStatus, Devolucao, DevolucaoStatus, Notification, Profile, Received, books::Books, lock, print,
};

impl BcbPix {
    /// The shopper pays so many cents. An expired cob is paid too: the shopper's bank had read it in time.
    pub fn pays(&self, txid: &str, cents: u64) -> Notification {
        assert_eq!(self.status_of(txid), CobStatus::Ativa, "the shopper's bank pays no other cob");
        self.pays_anyway(txid, cents)
    }

    /// A payment that was under way while the cob was paid or removed: the bank credits it, and a removed cob stays
    /// removed.
    pub fn pays_anyway(&self, txid: &str, cents: u64) -> Notification {
        let now = self.clock.now();
        let mut books = lock(&self.books);
        let cob = books.cobs.get_mut(txid).unwrap();
        if cob.status == CobStatus::Ativa {
            cob.status = CobStatus::Concluida;
        }
        books.balance += cents;
        let end_to_end_id = books.pix_id('E', "87654321", now);
        let (txid, devolucoes) = (txid.to_owned(), Vec::new());
        let received = Received { end_to_end_id: end_to_end_id.clone(), txid, cents, at: now, devolucoes };
        books.received.insert(end_to_end_id.clone(), received);
        self.notification(&books, &end_to_end_id)
    }

    /// The money of a devolução arrives.
    pub fn settles(&self, end_to_end_id: &str, id: &str) -> Notification {
        let mut books = lock(&self.books);
        let devolucao = under_way(&mut books, end_to_end_id, id);
        devolucao.status = DevolucaoStatus::Devolvido;
        devolucao.settled_at = Some(self.clock.now());
        self.notification(&books, end_to_end_id)
    }

    /// A devolução is not done, and the receiver has its money again.
    pub fn fails(&self, end_to_end_id: &str, id: &str, motivo: &str) -> Notification {
        let mut books = lock(&self.books);
        let devolucao = under_way(&mut books, end_to_end_id, id);
        devolucao.status = DevolucaoStatus::NaoRealizado;
        devolucao.motivo = Some(motivo.to_owned());
        let cents = devolucao.cents;
        books.balance += cents;
        self.notification(&books, end_to_end_id)
    }

    /// The bank takes money back for the shopper (MED), under an id of its own. `natureza` is `MED_FRAUDE`,
    /// `MED_OPERACIONAL` or `MED_PIX_AUTOMATICO`.
    pub fn takes_back(&self, end_to_end_id: &str, cents: u64, natureza: &str) -> Notification {
        let now = self.clock.now();
        let mut books = lock(&self.books);
        let devolucao = Devolucao {
            id: format!("MED{:04}", books.number()),
            rtr_id: books.pix_id('D', "12345678", now),
            cents,
            natureza: Some(natureza.to_owned()),
            descricao: None,
            asked_at: now,
            settled_at: Some(now),
            status: DevolucaoStatus::Devolvido,
            motivo: None,
        };
        books.balance = books.balance.checked_sub(cents).expect("the MED takes only what the account holds");
        let received = books.received.get_mut(end_to_end_id).unwrap();
        assert!(cents <= received.available(), "the MED counts into what can be given back");
        received.devolucoes.push(devolucao);
        self.notification(&books, end_to_end_id)
    }

    /// The bank removes a cob. It notifies nothing.
    pub fn removes(&self, txid: &str) {
        assert_eq!(self.status_of(txid), CobStatus::Ativa, "the bank removes active cobs");
        lock(&self.books).cobs.get_mut(txid).unwrap().status = CobStatus::RemovidaPeloPsp;
    }

    /// The receiver moves so much money out of the account.
    pub fn withdraws(&self, cents: u64) {
        let mut books = lock(&self.books);
        books.balance = books.balance.checked_sub(cents).expect("the account holds less");
    }

    /// A lie: a Pix that was never sent.
    #[must_use]
    pub fn invents(&self, txid: &str, cents: u64) -> Notification {
        let now = self.clock.now();
        let end_to_end_id = lock(&self.books).pix_id('E', "00000000", now);
        let (txid, devolucoes) = (txid.to_owned(), Vec::new());
        let invented = Received { end_to_end_id, txid, cents, at: now, devolucoes };
        Notification::new(vec![print::pix(self.profile, &invented)], self.profile != Profile::Bs2)
    }

    /// Where the bank posts about this cob: the address registered for its key, with `/pix`.
    #[must_use]
    pub fn notifies_at(&self, txid: &str) -> Option<String> {
        let books = lock(&self.books);
        let key = books.cobs.get(txid)?.terms["chave"].as_str()?;
        books.webhooks.get(key).map(|(address, _)| format!("{address}/pix"))
    }

    fn status_of(&self, txid: &str) -> CobStatus {
        lock(&self.books).cobs.get(txid).unwrap().status
    }

    fn notification(&self, books: &Books, end_to_end_id: &str) -> Notification {
        let received = books.received.get(end_to_end_id).unwrap();
        Notification::new(vec![print::pix(self.profile, received)], self.profile != Profile::Bs2)
    }
}

fn under_way<'a>(books: &'a mut Books, end_to_end_id: &str, id: &str) -> &'a mut Devolucao {
    let devolucoes = &mut books.received.get_mut(end_to_end_id).unwrap().devolucoes;
    let is_it = |one: &&mut Devolucao| one.id == id && one.status == DevolucaoStatus::EmProcessamento;
    devolucoes.iter_mut().find(is_it).expect("no such devolução is under way")
}
