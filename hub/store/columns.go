package store

import (
	"database/sql"
	"slices"
	"strings"
)

// column is a column of a table, and the field of T that it holds.
type column[T any] struct {
	name string
	// address of the field, or a value that implements driver.Valuer and sql.Scanner
	field func(*T) any
	once  bool   // an upsert keeps the value that was inserted first
	read  string // SQL expression to read; empty: the column
}

// columns are what a T is inserted into, updated in and scanned from.
type columns[T any] []column[T]

// insert returns the statement that inserts a T, with a named argument for each column. more are
// the columns that have no field.
func (c columns[T]) insert(table string, more ...string) string {
	names := slices.Clone(more)
	for _, column := range c {
		names = append(names, column.name)
	}
	return `INSERT INTO ` + table + ` (` + strings.Join(names, `, `) + `) VALUES (:` + strings.Join(names, `, :`) + `)`
}

// assigned returns the assignments of an upsert. more are the columns that have no field.
func (c columns[T]) assigned(more ...string) string {
	var set []string
	for _, name := range more {
		set = append(set, name+` = excluded.`+name)
	}
	for _, column := range c {
		if !column.once {
			set = append(set, column.name+` = excluded.`+column.name)
		}
	}
	return strings.Join(set, `, `)
}

// selected returns the expressions of a SELECT from a table or alias.
func (c columns[T]) selected(from string) string {
	list := make([]string, len(c))
	for i, column := range c {
		if list[i] = column.read; column.read == "" {
			list[i] = from + `.` + column.name
		}
	}
	return strings.Join(list, `, `)
}

// bind returns the arguments of insert. more are those of the columns that have no field.
func (c columns[T]) bind(v *T, more ...any) []any {
	for _, column := range c {
		more = append(more, sql.Named(column.name, column.field(v)))
	}
	return more
}

// scan reads what selected selects; more follows it.
func (c columns[T]) scan(from row, v *T, more ...any) error {
	fields := make([]any, len(c), len(c)+len(more))
	for i, column := range c {
		fields[i] = column.field(v)
	}
	return from.Scan(append(fields, more...)...)
}
