//! The canonical document: what every evaluator reads, whichever third party reviewed it.
