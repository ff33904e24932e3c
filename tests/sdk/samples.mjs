// Requests of merchants, in the client's own format.

export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** An id of nothing that exists. */
export const NOTHING = "5f3f1a5e-3c1b-4a77-9a3b-52a9f8e5a001";

export const customer = {
  name: "Jose Bonifacio da Silveira",
  email: "jose@example.com",
  phoneNumber: "21 98889999099",
  document: { type: "cpf", number: "72912053013" },
};

/** A session of 100 minor units that accepts card and Pix. */
export function order(merchantId) {
  return {
    merchantId,
    name: "Pedido 1",
    orderId: "pedido-1",
    amount: 100,
    dueDate: "2999-01-01T00:00:00.000Z",
    paymentMethods: [
      { paymentType: "credit", installments: 1 },
      { paymentType: "pix", expiresIn: 3600 },
    ],
    items: [{ name: "Item", unitPrice: 50, quantity: 2 }],
  };
}

/** A card of the client's own generator, which the client tokenizes before it pays. */
export function byCard(client, status = "authorized", brand = "Visa") {
  const card = { ...client.sandbox.generateCard({ brand, status }), holderName: "JOAO DA SILVA" };
  return { paymentMethod: { type: "credit", installments: 1, card } };
}

export function byPix() {
  return { paymentMethod: { type: "pix", expiresIn: 600 }, customer };
}
