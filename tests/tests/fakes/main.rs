//! The fakes of real providers: what each carries out, what it refuses, and what its books say.

mod bcb_pix;
mod faults;
