-- +goose Up
create index material_material_made on material_material (party, made_at, id);
