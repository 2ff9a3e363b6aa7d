package recordings

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"traybell/hub/access"
	"traybell/hub/fail"
	"traybell/hub/recordings/place"
)

// Erased says what became of the recordings of a person.
type Erased struct {
	Number  string     `json:"number"`
	Calls   int        `json:"calls" doc:"with the number, of which the hub has records"`
	Files   []FileFate `json:"files" nullable:"false" doc:"recordings of these calls"`
	Missing int        `json:"missing" doc:"names that a PBX gave, of which there is no file"`
	Faults  []string   `json:"faults" nullable:"false" doc:"why there may be more recordings"`
}

// FileFate is what became of a file.
type FileFate struct {
	Call    string    `json:"call" doc:"id"`
	Started time.Time `json:"started" doc:"of the call"`
	Name    string    `json:"name"`
	Place   string    `json:"place" doc:"folder or server"`
	Deleted bool      `json:"deleted"`
	Kept    string    `json:"kept,omitempty" doc:"why it was not deleted"`
}

// Count returns how many files there are, and how many were deleted.
func (e Erased) Count() (files, deleted int) {
	for _, f := range e.Files {
		if f.Deleted {
			deleted++
		}
	}
	return len(e.Files), deleted
}

// Of returns the recordings of all calls with a number, without deleting them. The audit keeps who
// looked for them.
func (s *Service) Of(ctx context.Context, p access.Principal, number string) (found Erased, err error) {
	if err = needs(p, access.Admin); err == nil {
		found, err = s.each(ctx, number, func(Recording) error { return errKept })
	}
	detail := ""
	if err == nil {
		detail = fmt.Sprintf("%s of %s found", count(len(found.Files), "recording", "recordings"),
			count(found.Calls, "call", "calls"))
	}
	s.once(p, "recording.find", shortened(number), detail, err)
	return found, err
}

// shortened is a number as the audit has it, whose length URLs do not bound.
func shortened(number string) string { return fmt.Sprintf("%.50s", number) }

var (
	errKept  = errors.New("nothing was to be deleted")
	errLoose = errors.New("its name has no id of a call: it may be of another call; check it and delete it by hand")
)

// Erase deletes the recordings of all calls with a number. The audit keeps how many there were.
func (s *Service) Erase(ctx context.Context, p access.Principal, number string) (done Erased, err error) {
	if err = needs(p, access.Admin); err == nil {
		done, err = s.each(ctx, number, func(r Recording) error {
			if r.loose {
				return errLoose
			}
			return r.source.Place.Remove(ctx, r.path)
		})
	}
	files, deleted := done.Count()
	detail := fmt.Sprintf("%s of %s deleted", count(deleted, "recording", "recordings"),
		count(done.Calls, "call", "calls"))
	if files > deleted {
		detail += fmt.Sprintf(", %d kept", files-deleted)
	}
	s.write(p, "recording.delete", shortened(number), detail, err)
	return done, err
}

// each does something with each recording of a number.
func (s *Service) each(ctx context.Context, number string, do func(Recording) error) (Erased, error) {
	done := Erased{Number: number, Files: []FileFate{}, Faults: []string{}}
	n := s.Numbers().Typed(number)
	if n.Key() == "" || !strings.ContainsAny(number, "0123456789") {
		return done, &fail.Error{Code: fail.Invalid, Text: fmt.Sprintf("%.40q is not a telephone number.", number)}
	}
	records, err := s.Store.RecordsWith(ctx, n.Key())
	if err != nil {
		return done, err
	}
	select { // it looks for those of one call after the other
	case s.searches.places <- struct{}{}:
		defer func() { <-s.searches.places }()
	case <-ctx.Done():
		return done, ctx.Err()
	}
	done.Calls = len(records)
	fault := func(text string) {
		if !slices.Contains(done.Faults, text) {
			done.Faults = append(done.Faults, text)
		}
	}
	for _, r := range records {
		if r.Ended.IsZero() {
			fault(fmt.Sprintf("the call %s has not ended: repeat this after it", r.CallID))
			continue
		}
		notes, _, err := s.Store.RecordingsOf(ctx, r.CallID)
		if err != nil {
			return done, err
		}
		found, err := s.searches.look(ctx, s.rules.Load(), r, notes, s.Now)
		if err != nil {
			return done, err
		}
		done.Missing += len(found.Missing)
		for _, one := range found.Recordings {
			fate := FileFate{Call: r.CallID, Started: r.Started.UTC(), Name: one.Name, Place: one.source.Place.String()}
			switch err := do(one); {
			case err == nil || errors.Is(err, fs.ErrNotExist):
				fate.Deleted = true
				s.Convert.Forget(one.ID)
			case errors.Is(err, errKept):
			case errors.Is(err, place.ErrReadOnly), errors.Is(err, place.ErrLink), errors.Is(err, errLoose):
				fate.Kept = err.Error()
			default:
				fate.Kept = err.Error()
				s.Log.Error("recording not deleted", "call", r.CallID, "recording", one.path, "error", err)
			}
			done.Files = append(done.Files, fate)
		}
		for _, err := range found.Faults {
			fault(err.Error())
		}
	}
	return done, nil
}
