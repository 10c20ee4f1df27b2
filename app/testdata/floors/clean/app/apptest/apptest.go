// Package apptest opens a whole app for tests.
package apptest
