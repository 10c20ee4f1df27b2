-- +goose Up
create table undertaking_undertaking (
  id text primary key, case_id text not null, case_item text not null, party text not null, organ text not null, item text not null, number text not null,
  kind text not null, state text not null, how text not null, actor text not null, signed_at bigint not null, due_at bigint not null, told bigint not null,
  settled_at bigint not null, settled_by text not null, note bytea, waiting bigint not null
);
create unique index undertaking_undertaking_once on undertaking_undertaking (case_item, kind);
create index undertaking_undertaking_case on undertaking_undertaking (case_id);
create index undertaking_undertaking_state on undertaking_undertaking (state, due_at, id);
create index undertaking_undertaking_organ on undertaking_undertaking (organ, state, due_at, id);
create table undertaking_paper (
  undertaking text not null, spec text not null, state text not null, handed_at bigint not null, checked_at bigint not null, checked_by text not null, reason bytea,
  primary key (undertaking, spec)
);
create table undertaking_signing (
  draft text primary key, staff text not null, party text not null, later text not null, promised text not null,
  made_at bigint not null, until_at bigint not null, signed_at bigint not null
);
create index undertaking_signing_staff on undertaking_signing (staff, signed_at, until_at);
create index undertaking_signing_until on undertaking_signing (until_at);
