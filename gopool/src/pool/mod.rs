//! An elastic, bounded, fair pool of threads. It knows nothing of HTTP.
