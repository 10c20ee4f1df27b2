-- +goose Up
create table fee_bill (
  id text primary key, case_id text not null, case_item text not null unique, task text not null, item text not null, party text not null, organ text not null,
  lines text not null, total bigint not null, relief bigint not null, paid bigint not null, refunded bigint not null, state text not null, rev bigint not null,
  made_at bigint not null, billed_at bigint not null, due_at bigint not null, reminded_at bigint not null, settled_at bigint not null
);
create index fee_bill_case on fee_bill (case_id);
create index fee_bill_organ on fee_bill (organ, state, id);

create table fee_order (
  no text primary key, bill text not null, case_id text not null, rev bigint not null, amount bigint not null, number text not null, address text not null,
  made_at bigint not null, next_at bigint not null, tries bigint not null, unique (bill, rev)
);

create table fee_payment (
  serial text primary key, order_no text not null, bill text not null, case_id text not null, amount bigint not null, state text not null, why text not null, via text not null,
  paid_at bigint not null, heard_at bigint not null, worked_by text not null, worked_at bigint not null, note bytea
);
create index fee_payment_bill on fee_payment (bill, heard_at);
create index fee_payment_paid on fee_payment (paid_at);
create index fee_payment_state on fee_payment (state, heard_at, serial);

create table fee_change (
  id text primary key, bill text not null, case_id text not null, kind text not null, amount bigint not null, payment text not null, basis text not null, reason bytea,
  state text not null, by_staff text not null, made_at bigint not null, second text not null, answered_at bigint not null, number text not null, done_at bigint not null
);
create index fee_change_bill on fee_change (bill, made_at);
create index fee_change_done on fee_change (done_at);

create table fee_day (day text primary key, state text not null, run_at bigint not null, ours bigint not null, theirs bigint not null, ours_sum bigint not null, theirs_sum bigint not null);

create table fee_difference (
  id text primary key, day text not null, kind text not null, serial text not null, order_no text not null, bill text not null, case_id text not null, ours bigint not null, theirs bigint not null,
  found_at bigint not null, worked_by text not null, worked_at bigint not null, note bytea, unique (day, kind, serial)
);
