-- +goose Up
create index seal_document_by_number on seal_document (number);
