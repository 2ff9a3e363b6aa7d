package admin

import (
	"context"
	"strings"
	"time"

	"traybell/hub/access"
	"traybell/shared/protocol"
)

// Directory is the state of a customer directory.
type Directory struct {
	Name      string    `json:"name"`
	Customers int       `json:"customers"`
	Numbers   int       `json:"numbers"`
	Bytes     int       `json:"bytes" doc:"memory of the customers, about"`
	Read      time.Time `json:"read,omitzero" doc:"when the customers in use were read; absent: never"`
	Age       int64     `json:"age" doc:"of the customers in use, in seconds"`
	Error     string    `json:"error,omitempty" doc:"of the last read; the customers in use are older"`
	Problems  []string  `json:"problems" nullable:"false" doc:"of the last read, the first hundred"`
	More      int       `json:"more_problems" doc:"number of problems that are not listed"`
}

// DirectorySource are the directories in use.
type DirectorySource interface {
	Directories() []Directory
	// ReadSoon starts reading a directory; false: no directory has that name.
	ReadSoon(name string) bool
	// Search returns the customers with that text in their name, company, login or address, or with
	// that number.
	Search(ctx context.Context, text string, limit int) ([]protocol.Customer, error)
}

// Directories are the commands for customer directories.
type Directories struct {
	Audited
	Source DirectorySource
}

// List returns the directories in the order of hub.yml.
func (d *Directories) List(_ context.Context, p access.Principal) ([]Directory, error) {
	if err := need(p, access.View); err != nil {
		return nil, err
	}
	return append([]Directory{}, d.Source.Directories()...), nil
}

// Read starts reading a directory.
func (d *Directories) Read(_ context.Context, p access.Principal, name string) error {
	return d.change(p, access.Admin, "directory.read", name, "", func() error {
		if !d.Source.ReadSoon(name) {
			return missing("hub.yml has no directory %.80q.", name)
		}
		return nil
	})
}

const longestSearch = 200 // bytes

// Search returns customers by name or number.
func (d *Directories) Search(ctx context.Context, p access.Principal, text string, limit int,
) ([]protocol.Customer, error) {
	if err := need(p, access.View); err != nil {
		return nil, err
	}
	text = strings.TrimSpace(text)
	if err := searchable(text); err != nil {
		return nil, err
	}
	if text == "" {
		return nil, invalid("A name, a company or a number is needed.")
	}
	limit, err := Page{Limit: limit}.start(nil)
	if err != nil {
		return nil, err
	}
	found, err := d.Source.Search(ctx, text, limit)
	return append([]protocol.Customer{}, found...), failure(err)
}

func searchable(text string) error {
	if len(text) > longestSearch {
		return invalid("The text is longer than %d bytes.", longestSearch)
	}
	return nil
}
