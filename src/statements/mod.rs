//! Statements: what of the ledger's entries has matured is drafted for each provider and currency, approved by a
//! second person, and sent by a transfer at the gateway or in a file for SMP's bank.
//!
//! Owns the tables `statements`, `statement_lines`, `statement_runs`, `bank_accounts` and `bank_files`. What is
//! sent, and what comes back, is posted through the ledger slice; an entry of the ledger is in one statement at
//! most.

mod api;
mod balance;
mod bank_account;
mod bank_file;
mod draft;
mod finance_api;
mod finish;
mod maturity;
mod pain;
mod payable;
mod policy;
mod send;
mod statement;
mod steps;
mod unfinished;
mod views;

pub use api::StatementsApi;
pub use bank_account::{BankAccount, find as bank_account_of};
pub use draft::{draft_all, draft_due};
pub use finance_api::StatementFinanceApi;
pub use finish::{finish_reversal, finish_transfer};
pub use statement::{Statement, StatementState, get as get_statement};
pub use unfinished::{REVERSAL_FINISH, TRANSFER_FINISH, UnfinishedReversal, UnfinishedTransfer};
