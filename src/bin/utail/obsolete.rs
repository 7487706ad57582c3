//! The obsolete forms: `tail -5 f`, `tail +15c f`.
