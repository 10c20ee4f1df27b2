// Package common holds whatever.
package common
