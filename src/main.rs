//! Hands the command line to the library, once there is one.

fn main() {}
