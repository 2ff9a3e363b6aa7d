package sqlite

import (
	"database/sql"
	"slices"
	"strings"
)

// Column is a column of a table, and the field of T that it holds.
type Column[T any] struct {
	Name string
	// Field returns the address of the field, or a value that implements driver.Valuer and sql.Scanner
	Field func(*T) any
	Once  bool   // an upsert keeps the value that was inserted first
	Read  string // SQL expression to read; empty: the column
}

// Columns are what a T is inserted into, updated in and scanned from.
type Columns[T any] []Column[T]

// Insert returns the statement that inserts a T, with a named argument for each column. more are
// the columns that have no field.
func (c Columns[T]) Insert(table string, more ...string) string {
	names := slices.Clone(more)
	for _, column := range c {
		names = append(names, column.Name)
	}
	return `INSERT INTO ` + table + ` (` + strings.Join(names, `, `) + `) VALUES (:` + strings.Join(names, `, :`) + `)`
}

// Assigned returns the assignments of an upsert. more are the columns that have no field.
func (c Columns[T]) Assigned(more ...string) string {
	var set []string
	for _, name := range more {
		set = append(set, name+` = excluded.`+name)
	}
	for _, column := range c {
		if !column.Once {
			set = append(set, column.Name+` = excluded.`+column.Name)
		}
	}
	return strings.Join(set, `, `)
}

// Selected returns the expressions of a SELECT from a table or alias.
func (c Columns[T]) Selected(from string) string {
	list := make([]string, len(c))
	for i, column := range c {
		if list[i] = column.Read; column.Read == "" {
			list[i] = from + `.` + column.Name
		}
	}
	return strings.Join(list, `, `)
}

// Bind returns the arguments of Insert. more are those of the columns that have no field.
func (c Columns[T]) Bind(v *T, more ...any) []any {
	for _, column := range c {
		more = append(more, sql.Named(column.Name, column.Field(v)))
	}
	return more
}

// Scan reads what Selected selects; more follows it.
func (c Columns[T]) Scan(from Row, v *T, more ...any) error {
	fields := make([]any, len(c), len(c)+len(more))
	for i, column := range c {
		fields[i] = column.Field(v)
	}
	return from.Scan(append(fields, more...)...)
}
