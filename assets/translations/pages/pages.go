// Package pages holds all texts of the hub's pages, see translations.LoadFrom.
package pages

import "embed"

// Files has one file per language.
//
//go:embed *.json
var Files embed.FS
