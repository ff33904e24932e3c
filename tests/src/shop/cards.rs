//! A merchant who takes cards beside what a provider offers: at the sandbox.

use serde_json::json;

use super::{Held, Played, Shop, assert_books_agree};

impl<F: Played> Shop<F> {
    /// A shop whose merchant takes cards too.
    pub async fn open_with_cards() -> Self {
        let shop = Self::open().await;
        let path = format!("/v1/merchants/{}", shop.hub.merchant.id);
        let merchant = shop.hub.merchant.get(&path).await.expect(200);
        let kept = json!({"id": merchant.text("/providers/0/id"), "name": F::KIND.name()});
        let cards = json!({"name": "STRIPE", "methods": ["credit"], "credentials": {"type": "sandbox"}});
        shop.hub.merchant.patch(&path, &json!({"providers": [kept, cards]})).await.assert_status(200);
        shop
    }

    /// Fails where hub, provider and the cards' bank contradict each other.
    pub async fn assert_books_agree_with_cards(&self) {
        let mut books = self.fake().books();
        for card in self.hub.bank.approved() {
            books.insert(card.reference, Held { debits: 1, net: card.amount, ..Held::default() });
        }
        assert_books_agree(&self.hub, books).await;
    }
}
