// Package accounts reads what Asterisk itself says of its calls: the CDR, the CEL and queue_log of
// the lab (test/lab). Tests compare it with the hub's records.
package accounts
