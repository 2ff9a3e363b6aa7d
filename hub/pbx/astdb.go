package pbx

import (
	"context"
	"strings"

	"traybell/hub/ami/wire"
)

// AstDB is more of the AstDB than single entries. Its methods may be called from any goroutine, and fail
// as those of PBX do.
type AstDB struct{ pbx *PBX }

// AstDBOf returns the AstDB of a PBX.
func AstDBOf(p *PBX) AstDB { return AstDB{p} }

// Tree reads the entries of a family, by key.
func (d AstDB) Tree(ctx context.Context, family string) (map[string]string, error) {
	s, ok := d.pbx.connection()
	if !ok {
		return nil, ErrNotConnected
	}
	rows, err := s.List(ctx, wire.NewAction("DBGetTree").With("Family", family))
	list := map[string]string{}
	for _, row := range rows {
		if key, ok := strings.CutPrefix(row.Get("Key"), "/"+family+"/"); ok {
			list[strings.Clone(key)] = strings.Clone(row.Get("Val"))
		}
	}
	return list, ignoreAbsent(err)
}
