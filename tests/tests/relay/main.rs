//! The relay makes one event of each change of a charge, as the charge was then, however often the stream is read.

mod again;
mod cost;
mod life;
mod listed;
mod printed;
mod relay_hub;
mod replay;
mod unreadable;
