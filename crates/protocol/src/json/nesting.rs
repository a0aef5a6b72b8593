//! Which containers are open.

use super::{JsonError, MAX_DEPTH};

/// A bounded stack of open objects and arrays.
#[derive(Debug, Clone, Default)]
pub(super) struct Nesting {
    /// One bit per open container, set for an object.
    objects: [u64; MAX_DEPTH / 64],
    depth: usize,
    in_object: bool,
}

impl Nesting {
    pub(super) fn clear(&mut self) {
        self.depth = 0;
    }

    /// The number of open containers.
    #[inline]
    pub(super) const fn depth(&self) -> usize {
        self.depth
    }

    /// Whether the innermost open container is an object.
    #[inline]
    pub(super) const fn in_object(&self) -> bool {
        self.in_object
    }

    #[inline]
    pub(super) fn open(&mut self, object: bool) -> Result<(), JsonError> {
        let slot = self
            .objects
            .get_mut(self.depth / 64)
            .ok_or(JsonError::TooDeep)?;
        let bit = 1 << (self.depth % 64);
        *slot = if object { *slot | bit } else { *slot & !bit };
        self.depth += 1;
        self.in_object = object;
        Ok(())
    }

    /// Closes the innermost container, which must exist, and returns the depth that is left.
    #[inline]
    pub(super) fn close(&mut self) -> usize {
        self.depth -= 1;
        if let Some(parent) = self.depth.checked_sub(1) {
            self.in_object = (self.objects[parent / 64] >> (parent % 64)) & 1 == 1;
        }
        self.depth
    }

    /// What may follow a value.
    #[cold]
    pub(super) const fn expected_after_value(&self) -> &'static str {
        if self.in_object {
            "expected `,` or `}`"
        } else {
            "expected `,` or `]`"
        }
    }
}
