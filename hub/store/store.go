package store

import (
	"context"

	"traybell/hub/store/answers"
	"traybell/hub/store/auditlog"
	"traybell/hub/store/blocks"
	"traybell/hub/store/categories"
	"traybell/hub/store/deliveries"
	"traybell/hub/store/duties"
	"traybell/hub/store/internal/sqlite"
	"traybell/hub/store/personal"
	"traybell/hub/store/recordings"
	"traybell/hub/store/records"
	"traybell/hub/store/requests"
	"traybell/hub/store/settings"
	"traybell/hub/store/ticketlist"
	"traybell/hub/store/timeline"
	"traybell/hub/store/traces"
	"traybell/hub/store/untracked"
)

type (
	answerStore    = answers.Store
	auditStore     = auditlog.Store
	blockStore     = blocks.Store
	categoryStore  = categories.Store
	deliveryStore  = deliveries.Store
	dutyStore      = duties.Store
	listStore      = ticketlist.Store
	noteStore      = requests.Notes
	personalStore  = personal.Store
	recordingStore = recordings.Store
	recordStore    = records.Store
	requestStore   = requests.Store
	settingStore   = settings.Store
	timelineStore  = timeline.Store
	traceStore     = traces.Store
	untrackedStore = untracked.Store
)

// Store is all that the database keeps: an embedded store per subject. Use Open.
type Store struct {
	db *sqlite.Database

	answerStore
	auditStore
	blockStore
	categoryStore
	deliveryStore
	dutyStore
	listStore
	noteStore
	personalStore
	recordingStore
	recordStore
	requestStore
	settingStore
	timelineStore
	traceStore
	untrackedStore
}

// Open opens the SQLite database at path or creates it, readable by its owner only because it has
// personal data, and upgrades its tables. Errors say what is wrong with the file and how to fix it.
func Open(ctx context.Context, path string) (*Store, error) {
	return stores(sqlite.Open(ctx, path, records.Describe()))
}

// OpenToRead opens the database of a hub, which may be running, for reading; writes fail. It
// refuses a database of another version and never migrates one: the running hub may be an older
// one.
func OpenToRead(ctx context.Context, path string) (*Store, error) {
	return stores(sqlite.OpenToRead(ctx, path, records.Describe()))
}

// Check returns the errors that Open would return, as far as a file that a hub may be using shows
// them. It changes nothing; a missing file is no error.
func Check(ctx context.Context, path string) error {
	return sqlite.Check(ctx, path, records.Describe())
}

// Backup copies the database of a hub, which may be running, into a new file that only its owner may
// read. It works for databases of any version.
func Backup(ctx context.Context, path, to string) error { return sqlite.Backup(ctx, path, to) }

func stores(db *sqlite.Database, err error) (*Store, error) {
	if err != nil {
		return nil, err
	}
	return &Store{
		db: db, answerStore: answers.New(db), auditStore: auditlog.New(db), blockStore: blocks.New(db),
		categoryStore: categories.New(db), deliveryStore: deliveries.New(db), dutyStore: duties.New(db),
		listStore: ticketlist.New(db),
		noteStore: requests.NewNotes(db), personalStore: personal.New(db),
		recordingStore: recordings.New(db), recordStore: records.New(db), requestStore: requests.New(db),
		settingStore: settings.New(db), timelineStore: timeline.New(db), traceStore: traces.New(db),
		untrackedStore: untracked.New(db),
	}, nil
}

// Works returns an error if nothing can be written. It waits for writes that are in progress.
func (s *Store) Works(ctx context.Context) error { return s.db.Works(ctx) }

// Close closes all connections. The write-ahead log is merged into the file.
func (s *Store) Close() error { return s.db.Close() }
