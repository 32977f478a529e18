//! Legwork: a browser-automation agent with mail and calendar in one action loop.
//!
//! Reading map, lowest layer first (a module imports only lower layers or its own folder):
//!
//! | layer | modules |
//! |---|---|
//! | 1 base | [`deadline`], [`clock`], [`secret`], [`home`], [`config`], [`store`], [`vault`], [`untrusted`] |
//! | 2 words | [`action`] |
//! | 3 hands | [`browser`], [`mail`], [`calendar`] |
//! | 4 pure | [`snapshot`], [`policy`], [`skill`], [`triage`], [`booking`] |
//! | 5 minds | [`planner`] |
//! | 6 loop | [`agent`] |
//! | 7 fronts | [`world`], [`daemon`] |
//! | 8 edge | [`cli`], `main.rs` |
//!
//! ARCHITECTURE.md says what each never does.

pub mod action;
pub mod agent;
pub mod booking;
pub mod browser;
pub mod calendar;
pub mod cli;
pub mod clock;
pub mod config;
pub mod daemon;
pub mod deadline;
pub mod home;
pub mod mail;
pub mod planner;
pub mod policy;
pub mod secret;
pub mod skill;
pub mod snapshot;
pub mod store;
pub mod triage;
pub mod untrusted;
pub mod vault;
pub mod world;
