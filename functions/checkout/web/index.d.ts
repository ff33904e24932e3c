/** Types of `<catraca-checkout>` and `<malga-checkout>`. The events and details are those of Malga's component. */

export type PaymentType = "credit" | "pix" | "boleto" | "drip";

/** The answer of the payment: a charge of the API, never with a card number. */
export interface Charge {
  id: string;
  chargeId: string;
  sessionId: string;
  status: string;
  amount: number;
  currency: string;
  paymentMethod: { paymentType: PaymentType; [field: string]: unknown };
  [field: string]: unknown;
}

/** A payment was made: `pending` for a Pix, boleto or Drip that waits for its shopper, `paid` once it is paid. */
export interface PaymentSuccess {
  data: Charge;
  status: string;
  sessionId: string;
  chargeId: string;
  paymentType: PaymentType;
}

/** A payment was declined or refused. The shopper reads why, and can try again where that makes sense. */
export interface PaymentFailed {
  /** `type` is `failed`, or the status of an answer that refused (`409`); `errorStack` is the charge or that answer. */
  error: { type: string; message: string; errorStack?: unknown };
  /** What the shopper reads. */
  message: string;
  status?: string;
  sessionId?: string;
  chargeId?: string | null;
  paymentType?: PaymentType | null;
  declinedCode?: string;
}

/** What the form shows: docs/checkout.md says when. */
export type CheckoutState =
  | "loading"
  | "failed"
  | "search"
  | "choose"
  | "pix"
  | "boleto"
  | "drip"
  | "processing"
  | "paid"
  | "voided"
  | "canceled"
  | "inactive"
  | "expired"
  | "used_up"
  | "closed";

export interface CheckoutEvents {
  paymentSuccess: CustomEvent<PaymentSuccess>;
  paymentFailed: CustomEvent<PaymentFailed>;
  /** What the form shows. */
  paymentState: CustomEvent<{ state: CheckoutState }>;
}

export interface CheckoutAttributes {
  /** `publicKey` of the session. */
  "public-key": string;
  "client-id": string;
  "session-id": string;
  /** `true`: the form does not open at a hub where real money moves. */
  sandbox?: boolean | "true" | "false";
  /** `pt`, `en` or `es`; without it the language of the page, then of the browser. */
  locale?: string;
  /** Writes the events to the console, and why no form opens. */
  debug?: boolean | "true" | "false";
  /** The hub's address; without it the origin of the script. */
  "api-url"?: string;
}

export class CatracaCheckout extends HTMLElement {
  addEventListener<Name extends keyof CheckoutEvents>(
    type: Name,
    listener: (this: CatracaCheckout, event: CheckoutEvents[Name]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void;
}

declare global {
  interface HTMLElementTagNameMap {
    "catraca-checkout": CatracaCheckout;
    "malga-checkout": CatracaCheckout;
  }
}
