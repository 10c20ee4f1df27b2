package crypto

import (
	"container/list"
	"sync"
	"time"
)

const (
	cacheSize = 4096             // keys of the people at the windows of a day, about 2 MB
	cacheAge  = 10 * time.Minute // how long another machine may still use a destroyed key
)

// cache holds unwrapped keys, least recently used out first.
//
// A buried subject leaves a gravestone, so that a read begun before the burial cannot put
// its key back after it.
type cache struct {
	mu    sync.Mutex
	max   int
	order *list.List // of *entry, newest use first
	at    map[string]*list.Element
}

type entry struct {
	subject string
	keys    map[uint16]*dataKey
	newest  uint16 // version known to be the newest, 0 when not known
	since   time.Time
	buried  bool
}

func newCache(size int) *cache {
	return &cache{max: size, order: list.New(), at: map[string]*list.Element{}}
}

func (c *cache) get(subject string, version uint16, now time.Time) *dataKey {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.fresh(subject, now); e != nil {
		return e.keys[version]
	}
	return nil
}

func (c *cache) newest(subject string, now time.Time) *dataKey {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.fresh(subject, now); e != nil {
		return e.keys[e.newest]
	}
	return nil
}

func (c *cache) put(subject string, k *dataKey, newest bool, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.fresh(subject, now)
	if e == nil {
		e = c.add(&entry{subject: subject, keys: map[uint16]*dataKey{}, since: now})
	}
	if e.buried {
		return
	}
	e.keys[k.version] = k
	if newest && k.version > e.newest {
		e.newest = k.version
	}
}

// drop takes a subject out, to be read again.
func (c *cache) drop(subject string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.remove(c.at[subject])
}

// bury takes a subject out for good.
func (c *cache) bury(subject string, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.remove(c.at[subject])
	c.add(&entry{subject: subject, since: now, buried: true})
}

func (c *cache) fresh(subject string, now time.Time) *entry {
	el := c.at[subject]
	if el == nil {
		return nil
	}
	if now.Sub(el.Value.(*entry).since) > cacheAge {
		c.remove(el)
		return nil
	}
	c.order.MoveToFront(el)
	return el.Value.(*entry)
}

func (c *cache) add(e *entry) *entry {
	c.at[e.subject] = c.order.PushFront(e)
	if c.order.Len() > c.max {
		c.remove(c.order.Back())
	}
	return e
}

func (c *cache) remove(el *list.Element) {
	if el != nil {
		delete(c.at, el.Value.(*entry).subject)
		c.order.Remove(el)
	}
}
