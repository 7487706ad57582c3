//! Parts of files held against a naive model.
