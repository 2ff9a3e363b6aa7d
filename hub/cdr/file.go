package cdr

import "time"

// File describes the monthly file pim_cdr_YYYYMM.log.
type File struct {
	Folder string         // must exist; empty: no file is written
	Zone   *time.Location // of the months and of CallStartTime; nil: the machine's
	Format Format
}

// Format selects the lines of the monthly file.
type Format string

// The formats. The zero value is FormatAuto.
const (
	// OPC's 14 fields, except in a file that ends with lines of traybell 1's format: it keeps that
	// format until its month ends
	FormatAuto Format = "auto"
	FormatOPC  Format = "opc" // OPC's 14 fields, also in such a file
)
