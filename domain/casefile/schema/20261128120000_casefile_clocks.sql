-- +goose Up
alter table casefile_fact add column case_item text not null default '';

alter table casefile_case add column parts bigint not null default 1;

alter table casefile_item add column town text not null default '';
alter table casefile_item add column stage text not null default '';
alter table casefile_item add column clock text not null default '';
alter table casefile_item add column accepted_at bigint not null default 0;
alter table casefile_item add column due_at bigint not null default 0;
alter table casefile_item add column legal_due_at bigint not null default 0;
alter table casefile_item add column soon_at bigint not null default 0;
alter table casefile_item add column paused_at bigint not null default 0;
alter table casefile_item add column provisional bigint not null default 0;
alter table casefile_item add column decided_at bigint not null default 0;
alter table casefile_item add column ended_at bigint not null default 0;
alter table casefile_item add column delivered_at bigint not null default 0;
alter table casefile_item add column archived_at bigint not null default 0;
alter table casefile_item add column saved bigint not null default 0;

update casefile_item set
  town = (select substr(c.place, 1, 9) from casefile_case c where c.id = casefile_item.case_id),
  stage = (select c.stage from casefile_case c where c.id = casefile_item.case_id),
  accepted_at = (select c.accepted_at from casefile_case c where c.id = casefile_item.case_id),
  due_at = (select c.due_at from casefile_case c where c.id = casefile_item.case_id),
  legal_due_at = (select c.due_at from casefile_case c where c.id = casefile_item.case_id),
  soon_at = (select c.due_at from casefile_case c where c.id = casefile_item.case_id),
  provisional = (select c.provisional from casefile_case c where c.id = casefile_item.case_id),
  ended_at = (select c.closed_at from casefile_case c where c.id = casefile_item.case_id);
update casefile_item set clock = case stage when 'received' then 'accept' when 'supplied' then 'accept' when 'accepted' then 'decide'
  when 'granted' then 'deliver' when 'refused' then 'deliver' when 'closed' then 'deliver' else '' end;

create index casefile_item_due on casefile_item (clock, due_at, id) where clock <> '';
create index casefile_item_provisional on casefile_item (id) where provisional = 1 and clock <> '';
