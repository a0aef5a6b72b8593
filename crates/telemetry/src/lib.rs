//! Records of what the gateway did, and where they go.
//!
//! One [`RequestRecord`] is made for every request that reached the data plane, local rejections included, and it
//! holds one [`AttemptRecord`] per upstream call. The data plane hands records to a [`Recorder`]; it never waits for
//! one and never fails because of one.
//!
//! What this crate does not do: it keeps no prompt or answer text, reads no clock, and knows neither configuration nor
//! routing. Times inside a record are set by whoever made it.
//!
//! ```
//! use aigw_telemetry::{MemoryRecorder, Recorder, RequestRecord};
//!
//! let recorder = MemoryRecorder::new(2);
//! for id in ["a", "b", "c"] {
//!     recorder.record(Box::new(RequestRecord { request_id: id.into(), ..RequestRecord::default() }));
//! }
//! let kept: Vec<_> = recorder.records().into_iter().map(|r| String::from(r.request_id)).collect();
//! assert_eq!(kept, ["b", "c"]); // bounded: the oldest is dropped, and counted
//! assert_eq!(recorder.dropped(), 1);
//! ```

mod line;
mod loss;
mod memory;
mod metrics;
mod queue;
mod record;

pub use line::{LineFormat, write_line};
pub use loss::{AssumedField, DroppedField, LossRecord};
pub use memory::MemoryRecorder;
pub use metrics::{Gauges, Metrics};
pub use queue::{QUEUE_RECORDS, RecordQueue};
pub use record::{AttemptRecord, Outcome, Recorder, RequestRecord, RouteMode};
