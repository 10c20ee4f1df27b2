package app

import "yimen/web/page"

// Routes is the table of every page of every surface.
func (h *House) Routes() ([]page.Route, error) { return nil, nil }
