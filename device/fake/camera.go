package fake

import (
	"context"
	"sync"

	"yimen/device"
)

// Camera is a document camera with pages under it: each Snap shows the next, the last one
// stays. With no page it is broken.
type Camera struct {
	Type  string // media type of the pages
	mu    sync.Mutex
	pages [][]byte
}

var _ device.DocumentCamera = (*Camera)(nil)

// NewCamera has the pages under it in order.
func NewCamera(contentType string, pages ...[]byte) *Camera {
	return &Camera{Type: contentType, pages: pages}
}

// Snap takes the picture of the page.
func (c *Camera) Snap(ctx context.Context) ([]byte, string, error) {
	if err := ctx.Err(); err != nil {
		return nil, "", err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.pages) == 0 {
		return nil, "", device.ErrBroken
	}
	page := c.pages[0]
	if len(c.pages) > 1 {
		c.pages = c.pages[1:]
	}
	return page, c.Type, nil
}
