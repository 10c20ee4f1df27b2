-- +goose Up
-- references other_table only in a comment
create table casefile_case (id text not null primary key);
create index casefile_case_id on casefile_case (id);
