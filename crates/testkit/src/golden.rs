//! Golden files: what a function makes of every fixture, compared with what it made last time.
