package recordings

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"
	"time"

	"traybell/hub/cdr"
	"traybell/hub/recordings/place"
)

// Recording is a file with a recording of a call.
type Recording struct {
	ID       string // stable; among the recordings of all calls
	Name     string // of the file
	Format   string // as place.Format
	Size     int64
	Modified time.Time

	source Source
	path   string
	loose  bool // found only by a pattern without an id: it may be of another call
}

// Found is the recordings of a call.
type Found struct {
	Recordings []Recording
	Faults     []error  // places and tables that could not be read
	Missing    []string // names that the PBX gave, of which there is no file
}

// wanted is a call whose recordings are looked for.
type wanted struct {
	cdr.Record

	linkedid  string
	uniqueids []string
	notes     []Note
}

// most recordings of a call.
const mostRecordings = 50

// find looks for the recordings of a call: files may appear long after its end, so nothing is
// remembered.
func (r Rules) find(ctx context.Context, of cdr.Record, notes []Note) (found Found) {
	c := wanted{Record: of, notes: notes}
	_, c.linkedid, _ = strings.Cut(of.CallID, ":")
	for _, n := range notes {
		c.uniqueids = append(c.uniqueids, n.Uniqueid)
	}
	for _, source := range r.Sources {
		if source.of(of.PBX) {
			search{&found, source, map[string]bool{}}.all(ctx, c)
		}
	}
	return found
}

// search looks in one source.
type search struct {
	*Found
	Source
	seen map[string]bool // paths
}

func (x search) all(ctx context.Context, c wanted) {
	for _, n := range c.notes {
		x.named(ctx, n.Name, n.Began)
	}
	if x.Table != nil {
		rows, err := x.Table.names(ctx, c.linkedid)
		x.fault(err)
		for _, r := range rows {
			if r.began.IsZero() {
				r.began = c.Started
			}
			x.named(ctx, r.name, r.began)
		}
	}
	for _, pattern := range x.Pattern.of(c) {
		list, err := x.Place.Find(ctx, pattern)
		x.fault(err)
		for _, name := range list {
			x.file(ctx, name, x.Pattern.loose())
		}
	}
}

// named looks for a file by a name that the PBX gave.
func (x search) named(ctx context.Context, name string, began time.Time) {
	candidates := places(name, x.Folder, began)
	if len(candidates) == 0 {
		return
	}
	for _, candidate := range append(candidates, otherwise(candidates[0])...) {
		if x.file(ctx, candidate, false) {
			return
		}
	}
	x.Missing = append(x.Missing, path.Base(name))
}

// file adds a file; false: it does not exist or is no recording.
func (x search) file(ctx context.Context, name string, loose bool) bool {
	if x.seen[name] {
		return true
	}
	info, err := x.Place.Stat(ctx, name)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrInvalid) {
			x.fault(err)
		}
		return false
	}
	x.seen[name] = true
	if len(x.Recordings) == mostRecordings {
		x.fault(fmt.Errorf("a call has more than %d recordings: the others are left out", mostRecordings))
		return true
	}
	x.Recordings = append(x.Recordings, Recording{
		ID: identity(x.Place.String(), name), Name: path.Base(name), Format: place.Format(name), Size: info.Size,
		Modified: info.Modified, source: x.Source, path: name, loose: loose,
	})
	return true
}

func (x search) fault(err error) {
	if err == nil {
		return
	}
	for _, known := range x.Faults {
		if known.Error() == err.Error() {
			return
		}
	}
	x.Faults = append(x.Faults, err)
}

func identity(place, name string) string {
	sum := sha256.Sum256([]byte(place + "\n" + name))
	return hex.EncodeToString(sum[:10])
}

var identityForm = regexp.MustCompile(`^[0-9a-f]{20}$`)

// isIdentity reports whether a text has the form of what identity returns.
func isIdentity(id string) bool { return identityForm.MatchString(id) }

// Notes are what is kept of recordings.
type Notes interface {
	RecordingsOf(ctx context.Context, callID string) (notes []Note, talkers []string, err error)
}

// Trial says what a hub with these rules finds: works is what is there, doubts what should be looked
// at. recent are ended calls that were answered, newest first.
func Trial(ctx context.Context, rules Rules, kept Notes, recent []cdr.Record, tool string) (
	works, doubts []string, err error,
) {
	for _, source := range rules.Sources {
		if failed := source.Place.Check(ctx); failed != nil {
			err = errors.Join(err, fmt.Errorf("%s: %w", source.Place, failed))
		} else {
			works = append(works, source.Place.String()+" can be read")
		}
		if source.Table != nil {
			if _, failed := source.Table.names(ctx, "traybell-check"); failed != nil {
				err = errors.Join(err, failed)
			} else {
				works = append(works, "the CDR table can be read")
			}
		}
	}
	var with, files, missing int
	for _, call := range recent {
		var notes []Note
		if kept != nil {
			notes, _, _ = kept.RecordingsOf(ctx, call.CallID)
		}
		found := rules.find(ctx, call, notes)
		if len(found.Recordings) > 0 {
			with++
		}
		files += len(found.Recordings)
		missing += len(found.Missing)
	}
	switch {
	case len(recent) == 0:
		doubts = append(
			doubts,
			"the hub has no record of an answered call yet: whether recordings are found is not known",
		)
	case with == 0:
		doubts = append(
			doubts,
			fmt.Sprintf("none of the last %s has a recording. Compare a file's name with pattern, and "+
				"pbx_folder with the folder on the PBX", count(len(recent), "answered call", "answered calls")),
		)
	default:
		works = append(works, fmt.Sprintf("%d of the last %s have recordings, %s in all", with,
			count(len(recent), "answered call", "answered calls"), count(files, "file", "files")))
	}
	if missing > 0 {
		doubts = append(
			doubts,
			fmt.Sprintf("of %s that the PBX names there is no file: is pbx_folder the folder on the PBX?",
				count(missing, "recording", "recordings")),
		)
	}
	if tool == "" {
		doubts = append(doubts, "neither ffmpeg nor sox is installed: gsm, wav49, alaw and ulaw can only be downloaded")
	} else {
		works = append(works, "gsm, wav49, alaw and ulaw are converted by "+tool)
	}
	return works, doubts, err
}
