// Package org holds the town's organs, halls, windows, village service points and its staff.
//
// Invariants: an organ's id is its 统一社会信用代码; a window number is unique in its hall; staff
// who leave are made inactive, never deleted, so that old rows keep their names.
package org

import (
	"context"
	"embed"
	"slices"
	"strings"

	"yimen/foundation/db"
	"yimen/ref"
)

// Schema is this package's tables.
//
//go:embed schema/*.sql
var Schema embed.FS

// Organ (实施机关) has powers in its own name.
type Organ struct {
	ID       ref.OrganID      `db:"id"`
	Name     string           `db:"name"`
	Short    string           `db:"short"` // as in document numbers
	Level    ref.Level        `db:"level"`
	Division ref.DivisionCode `db:"division"`
	Kind     string           `db:"kind"` // department · street · centre
	Phone    string           `db:"phone"`
	Head     ref.StaffID      `db:"head"` // who answers for it, empty: not said
}

// Hall (大厅) is a service centre.
type Hall struct {
	ID       ref.HallID       `db:"id"`
	Code     string           `db:"code"` // 9-digit town code + 5-digit sequence
	Name     string           `db:"name"`
	Division ref.DivisionCode `db:"division"`
	Address  string           `db:"address"`
	Hours    string           `db:"hours"`
	Phone    string           `db:"phone"`
}

// Window (窗口) is one counter of a hall.
type Window struct {
	ID     ref.WindowID `db:"id"`
	Hall   ref.HallID   `db:"hall"`
	Number int          `db:"number"`
	Name   string       `db:"name"`
}

// Point is a village or community service point of a hall.
type Point struct {
	ID       string           `db:"id"`
	Name     string           `db:"name"`
	Division ref.DivisionCode `db:"division"`
	Hall     ref.HallID       `db:"hall"`
}

// Staff is a person who works here.
type Staff struct {
	ID      ref.StaffID  `db:"id"`
	Account string       `db:"account"`
	Name    string       `db:"name"`
	Organ   ref.OrganID  `db:"organ"`
	Hall    ref.HallID   `db:"hall"`
	Window  ref.WindowID `db:"seat"` // where a clerk usually sits, or empty: anywhere in the hall
	Post    string       `db:"post"`
	Phone   string       `db:"phone"`
	Roles   string       `db:"roles"` // comma separated: clerk, approver, representative, supervisor, admin, keeper
	Active  bool         `db:"active"`
}

// Has says whether the person has the role.
func (s Staff) Has(role string) bool { return slices.Contains(strings.Split(s.Roles, ","), role) }

const (
	organCols = "id, name, short, level, division, kind, phone, head"
	hallCols  = "id, code, name, division, address, hours, phone"
	staffCols = "id, account, name, organ, hall, seat, post, phone, roles, active"
)

func AddOrgans(ctx context.Context, tx *db.Tx, o ...Organ) error {
	return db.Insert(ctx, tx, "org_organ", o...)
}
func AddHalls(ctx context.Context, tx *db.Tx, h ...Hall) error {
	return db.Insert(ctx, tx, "org_hall", h...)
}
func AddWindows(ctx context.Context, tx *db.Tx, w ...Window) error {
	return db.Insert(ctx, tx, "org_window", w...)
}
func AddPoints(ctx context.Context, tx *db.Tx, p ...Point) error {
	return db.Insert(ctx, tx, "org_point", p...)
}
func AddStaff(ctx context.Context, tx *db.Tx, s ...Staff) error {
	return db.Insert(ctx, tx, "org_staff", s...)
}

// GetOrgan reads one organ.
func GetOrgan(ctx context.Context, r db.Reader, id ref.OrganID) (Organ, error) {
	return db.One[Organ](ctx, r, "select "+organCols+" from org_organ where id = $1", id)
}

// Organs lists all organs by id.
func Organs(ctx context.Context, r db.Reader) (map[ref.OrganID]Organ, error) {
	all, err := db.Find[Organ](ctx, r, "select "+organCols+" from org_organ")
	m := make(map[ref.OrganID]Organ, len(all))
	for _, o := range all {
		m[o.ID] = o
	}
	return m, err
}

// StreetOf is the street or town office whose division holds the place.
func StreetOf(ctx context.Context, r db.Reader, place ref.DivisionCode) (Organ, error) {
	up := append(place.Parents(), place.Short())
	return db.One[Organ](ctx, r, "select "+organCols+" from org_organ where kind = 'street' and division in "+db.In(1, len(up)), db.Any(up)...)
}

func GetHall(ctx context.Context, r db.Reader, id ref.HallID) (Hall, error) {
	return db.One[Hall](ctx, r, "select "+hallCols+" from org_hall where id = $1", id)
}

func Halls(ctx context.Context, r db.Reader) ([]Hall, error) {
	return db.Find[Hall](ctx, r, "select "+hallCols+" from org_hall order by code")
}

func GetWindow(ctx context.Context, r db.Reader, id ref.WindowID) (Window, error) {
	return db.One[Window](ctx, r, "select id, hall, number, name from org_window where id = $1", id)
}

// WindowsOf lists a hall's windows by number.
func WindowsOf(ctx context.Context, r db.Reader, hall ref.HallID) ([]Window, error) {
	return db.Find[Window](ctx, r, "select id, hall, number, name from org_window where hall = $1 order by number", hall)
}

func GetStaff(ctx context.Context, r db.Reader, id ref.StaffID) (Staff, error) {
	return db.One[Staff](ctx, r, "select "+staffCols+" from org_staff where id = $1", id)
}

// StaffByAccount finds a person by log-in name.
func StaffByAccount(ctx context.Context, r db.Reader, account string) (Staff, error) {
	return db.One[Staff](ctx, r, "select "+staffCols+" from org_staff where account = $1", account)
}

// AllStaff lists staff after an account name, for pages of at most limit.
func AllStaff(ctx context.Context, r db.Reader, after string, limit int) ([]Staff, error) {
	return db.Find[Staff](ctx, r, "select "+staffCols+" from org_staff where account > $1 order by account limit $2", after, limit)
}

// Colleagues lists the active staff of an organ, for naming the second officer.
func Colleagues(ctx context.Context, r db.Reader, organ ref.OrganID) ([]Staff, error) {
	return db.Find[Staff](ctx, r, "select "+staffCols+" from org_staff where organ = $1 and active = 1 order by account", organ)
}
