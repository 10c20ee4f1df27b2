-- +goose Up
create table notice_notice (
  id text primary key, party text not null, account text not null, case_id text not null, kind text not null,
  args text not null, made_at bigint not null, read_at bigint not null
);
create index notice_notice_party on notice_notice (party, made_at, id);
create index notice_notice_account on notice_notice (account, made_at, id);

create table notice_text (
  id text primary key, notice text not null, party text not null, account text not null, case_id text not null,
  kind text not null, args text not null, phone bytea, state text not null, attempts bigint not null, error text not null,
  made_at bigint not null, run_at bigint not null, handed_at bigint not null, sent_at bigint not null, done_at bigint not null
);
create index notice_text_state on notice_text (state, made_at, id);
create index notice_text_made on notice_text (made_at);

create table notice_message (
  id text primary key, case_id text not null, side text not null, actor text not null, organ text not null,
  body bytea, made_at bigint not null, read_at bigint not null, answered_at bigint not null
);
create index notice_message_case on notice_message (case_id, made_at, id);
create index notice_message_open on notice_message (organ, made_at, id) where side = 'party' and answered_at = 0;

create table notice_setting (name text primary key, value text not null);
insert into notice_setting (name, value) values ('quiet', '21:00-08:00');
