// The sentences around the form, on the hosted page and in the frame; those of the form are in form/texts.

export const PAGE_TEXTS = {
  pt: {
    name: "Português",
    language: "Idioma",
    order: "Seu pedido",
    total: "Total",
    due: (date) => `Pague até ${date}`,
    noKey: "Este endereço está incompleto. Abra de novo o link que a loja enviou.",
    production: "Esta página é de testes da loja e não recebe pagamentos.",
    sandbox: "Ambiente de testes: nenhum valor é cobrado.",
    pay: "Pagamento",
  },
  en: {
    name: "English",
    language: "Language",
    order: "Your order",
    total: "Total",
    due: (date) => `Pay by ${date}`,
    noKey: "This address is incomplete. Open the shop's link again.",
    production: "This is a test page of the shop. It takes no payments.",
    sandbox: "Test environment: no money is charged.",
    pay: "Payment",
  },
  es: {
    name: "Español",
    language: "Idioma",
    order: "Su pedido",
    total: "Total",
    due: (date) => `Pague hasta el ${date}`,
    noKey: "Esta dirección está incompleta. Abra de nuevo el enlace que envió la tienda.",
    production: "Esta página es de pruebas de la tienda y no recibe pagos.",
    sandbox: "Entorno de pruebas: no se cobra nada.",
    pay: "Pago",
  },
};
