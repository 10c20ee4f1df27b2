-- +goose Up
create table inspection_book (
  version bigint primary key, body text not null, made_by text not null, made_at bigint not null
);
create table inspection_card (
  id text primary key, subject text not null, rule text not null, level text not null, trigger_kind text not null, name text not null,
  edition bigint not null, cause text not null, case_id text not null, case_item text not null, task text not null, party text not null,
  organ text not null, item text not null, town text not null, number text not null, handler text not null, head text not null,
  state text not null, due_at bigint not null, issued_at bigint not null, explain_by bigint not null, explained_at bigint not null,
  silent_at bigint not null, moved_at bigint not null
);
create unique index inspection_card_once on inspection_card (subject, rule, level);
create index inspection_card_latest on inspection_card (issued_at, id);
create index inspection_card_state on inspection_card (state, issued_at, id);
create index inspection_card_organ on inspection_card (organ, issued_at, id);
create index inspection_card_handler on inspection_card (handler, issued_at, id);
create index inspection_card_head on inspection_card (head, issued_at, id);
create index inspection_card_case on inspection_card (case_id, issued_at);
create index inspection_card_item on inspection_card (case_item) where level = 'yellow';
create index inspection_card_owed on inspection_card (explain_by, id) where state = 'owed' and silent_at = 0;
create table inspection_order (
  id text primary key, title text not null, case_id text not null, number text not null, card text not null, party text not null,
  organ text not null, who text not null, state text not null, made_by text not null, made_at bigint not null, due_at bigint not null,
  look_at bigint not null, looked_at bigint not null, holds bigint not null, round bigint not null, moved_at bigint not null
);
create index inspection_order_latest on inspection_order (made_at, id);
create index inspection_order_organ on inspection_order (organ, made_at, id);
create index inspection_order_who on inspection_order (who, made_at, id);
create index inspection_order_open on inspection_order (due_at, id) where state = 'open';
create index inspection_order_look on inspection_order (look_at, id) where state = 'closed' and looked_at = 0;
create table inspection_escalation (
  id text primary key, case_id text not null, number text not null, party text not null, organ text not null, actor text not null,
  made_at bigint not null, answer_by bigint not null, answered_at bigint not null, answered_by text not null
);
create unique index inspection_escalation_open on inspection_escalation (case_id) where answered_at = 0;
create index inspection_escalation_case on inspection_escalation (case_id, made_at);
create index inspection_escalation_waits on inspection_escalation (answer_by, id) where answered_at = 0;
create index inspection_escalation_done on inspection_escalation (answered_at, id) where answered_at > 0;
create table inspection_act (
  id text primary key, object text not null, kind text not null, actor text not null, at bigint not null, words bytea
);
create index inspection_act_object on inspection_act (object, at, id);
