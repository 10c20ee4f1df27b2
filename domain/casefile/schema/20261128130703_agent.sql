-- +goose Up
-- The party is the principal in every rule; who handed in for them, under which mandate and with whose help is noted beside.
alter table casefile_case rename column on_behalf_of to agent;
alter table casefile_case add column mandate text not null default '';
alter table casefile_case add column helper text not null default '';
create index casefile_case_agent on casefile_case (agent, received_at, id) where agent <> '';
