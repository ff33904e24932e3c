//! A charge at one step, as answers print it.

use std::borrow::Cow;

use domain::charge::{Charge, Entry};

use super::image::ImageUrl;

/// A charge at one step.
pub(super) struct View<'a> {
    /// The charge as it was then.
    pub(super) charge: Cow<'a, Charge>,
    /// The number of the request that this is the answer of: printed first, among what was answered by then.
    own: Option<usize>,
    /// Where its image is.
    pub(super) image_url: ImageUrl<'a>,
}

impl<'a> View<'a> {
    /// Now, with what is under way.
    pub(super) const fn now(charge: &'a Charge, image_url: ImageUrl<'a>) -> Self {
        Self { charge: Cow::Borrowed(charge), own: None, image_url }
    }

    /// When the request at `number` (from 1) was answered; none before that.
    pub(super) fn as_answered(charge: &Charge, number: usize, image_url: ImageUrl<'a>) -> Option<Self> {
        let step = charge.answered_at(number)?;
        Some(Self { charge: Cow::Owned(charge.as_of(step)), own: Some(number), image_url })
    }

    /// At `step`, when the charge was the answer to a request that changed nothing.
    pub(super) fn at(charge: &Charge, step: u32, image_url: ImageUrl<'a>) -> Self {
        Self { charge: Cow::Owned(charge.as_of(step)), own: None, image_url }
    }

    /// The address of the charge's image.
    pub(super) fn image(&self) -> String {
        (self.image_url)(self.charge.id)
    }

    /// The list of transaction requests, newest first; the one that this is the answer of before all others.
    pub(super) fn entries(&self) -> Vec<Entry> {
        let mut entries = self.charge.entries();
        if let Some(own) = self.own {
            entries.retain(|entry| entry.answer.is_some());
            entries.sort_by_key(|entry| entry.number != own);
        }
        entries
    }
}
