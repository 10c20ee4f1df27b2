package crypto

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"yimen/foundation/db"
	"yimen/foundation/db/dbtest"
	"yimen/foundation/fault"
)

var noon = time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)

func testVault(t *testing.T) *Vault {
	t.Helper()
	master, err := NewMaster(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return OpenVault(master, func() time.Time { return noon })
}

func seal(t *testing.T, v *Vault, d *db.DB, subject, where, plain string) []byte {
	t.Helper()
	var box []byte
	err := d.Write(context.Background(), "crypto.test", func(ctx context.Context, tx *db.Tx) (err error) {
		box, err = v.Seal(ctx, tx, subject, where, []byte(plain))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return box
}

func TestSealAndOpen(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		v := testVault(t)
		box := seal(t, v, d, "p1", "party_natural.number.p1", "449901199001010017")
		if bytes.Contains(box, []byte("4499")) {
			t.Fatal("the box shows the value")
		}
		for _, reader := range []*Vault{v, testVault(t)} {
			got, err := reader.Open(context.Background(), d, "p1", "party_natural.number.p1", box)
			if err != nil || string(got) != "449901199001010017" {
				t.Fatalf("got %q, %v", got, err)
			}
		}
		for _, x := range [][2]string{{"p1", "party_natural.number.p2"}, {"p2", "party_natural.number.p1"}, {"p", "1party_natural.number.p1"}} {
			seal(t, v, d, x[0], "w", "")
			if _, err := v.Open(context.Background(), d, x[0], x[1], box); err == nil {
				t.Errorf("opened as %v", x)
			}
		}
		for i := range box {
			bad := bytes.Clone(box)
			bad[i] ^= 1
			if _, err := v.Open(context.Background(), d, "p1", "party_natural.number.p1", bad); err == nil {
				t.Errorf("opened with byte %d changed", i)
			}
		}
	}, Schema)
}

func TestRolledBackKeyIsNeverUsedAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		v := testVault(t)
		no := errors.New("no")
		err := d.Write(context.Background(), "crypto.test", func(ctx context.Context, tx *db.Tx) error {
			box, err := v.Seal(ctx, tx, "p1", "w", []byte("x"))
			if err != nil {
				return err
			}
			if _, err := v.Open(ctx, tx, "p1", "w", box); err != nil {
				return err
			}
			return no
		})
		if !errors.Is(err, no) {
			t.Fatal(err)
		}
		box := seal(t, v, d, "p1", "w", "y")
		if got, err := testVault(t).Open(context.Background(), d, "p1", "w", box); err != nil || string(got) != "y" {
			t.Fatalf("got %q, %v", got, err)
		}
	}, Schema)
}

func TestFirstKeyMadeByManyAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		boxes := make([][]byte, 12)
		var wg sync.WaitGroup
		for i := range boxes {
			v := testVault(t) // a machine of its own
			wg.Go(func() { boxes[i] = seal(t, v, d, "p1", "w", "x") })
		}
		wg.Wait()
		for i, box := range boxes {
			if _, err := testVault(t).Open(context.Background(), d, "p1", "w", box); err != nil {
				t.Errorf("box %d: %v", i, err)
			}
		}
	}, Schema)
}

func TestForget(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		v := testVault(t)
		box := seal(t, v, d, "p1", "w", "x")
		forget := func(ctx context.Context, tx *db.Tx) error { return v.Forget(ctx, tx, "p1") }
		for range 2 {
			if err := d.Write(context.Background(), "crypto.test", forget); err != nil {
				t.Fatal(err)
			}
		}
		for _, x := range []*Vault{v, testVault(t)} {
			if _, err := x.Open(context.Background(), d, "p1", "w", box); !fault.Is(err, fault.NotFound) {
				t.Errorf("open: %v", err)
			}
			err := d.Write(context.Background(), "crypto.test", func(ctx context.Context, tx *db.Tx) error {
				_, err := x.Seal(ctx, tx, "p1", "w", nil)
				return err
			})
			if !fault.Is(err, fault.Conflict) {
				t.Errorf("seal: %v", err)
			}
		}
	}, Schema)
}

func TestReadBeforeTheBurialDoesNotRaiseTheKey(t *testing.T) {
	c := newCache(4)
	c.bury("p1", noon)
	c.put("p1", &dataKey{version: 1}, true, noon)
	if c.get("p1", 1, noon) != nil || c.newest("p1", noon) != nil {
		t.Fatal("a buried key came back")
	}
}

func TestCacheIsBoundedAndAges(t *testing.T) {
	c := newCache(2)
	for _, s := range []string{"a", "b", "c"} {
		c.put(s, &dataKey{version: 1}, true, noon)
	}
	if c.get("a", 1, noon) != nil || c.get("c", 1, noon) == nil || c.order.Len() != 2 {
		t.Fatal("the oldest stays or the newest goes")
	}
	if c.get("c", 1, noon.Add(cacheAge+1)) != nil {
		t.Fatal("a key outlives its age")
	}
}

func TestRenew(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		v := testVault(t)
		old := seal(t, v, d, "p1", "w", "old")
		err := d.Write(context.Background(), "crypto.test", func(ctx context.Context, tx *db.Tx) error { return v.Renew(ctx, tx, "p1") })
		if err != nil {
			t.Fatal(err)
		}
		young := seal(t, v, d, "p1", "w", "new")
		if young[2] != 2 {
			t.Fatalf("sealed with version %d", young[2])
		}
		for want, box := range map[string][]byte{"old": old, "new": young} {
			if got, err := v.Open(context.Background(), d, "p1", "w", box); err != nil || string(got) != want {
				t.Errorf("%s: %q, %v", want, got, err)
			}
		}
	}, Schema)
}

func TestMasterFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "master.key")
	first, err := MakeMaster(path)
	if err != nil {
		t.Fatal(err)
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Errorf("mode %o", info.Mode().Perm())
	}
	if _, err := MakeMaster(path); err == nil {
		t.Error("an existing file was overwritten")
	}
	blind := OpenVault(first, time.Now).Blind("party.number", "1")
	f, _ := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	_, _ = f.WriteString("# second\nv2 " + strings.Repeat("ab", 32) + "\n")
	_ = f.Close()
	both, err := ReadMaster(path)
	if err != nil || both.newest != 2 || both.oldest != 1 {
		t.Fatal(both.newest, both.oldest, err)
	}
	if got := OpenVault(both, time.Now).Blind("party.number", "1"); got != blind || !strings.HasPrefix(got, "1:") {
		t.Errorf("index moved from %s to %s", blind, got)
	}
	if other := OpenVault(both, time.Now).Blind("party.phone", "1"); other == blind {
		t.Error("two fields share an index")
	}
	_ = os.Chmod(path, 0o644)
	if _, err := ReadMaster(path); err == nil {
		t.Error("a file open to others was read")
	}
	if _, err := ReadMaster(path + ".none"); !fault.Is(err, fault.Unavailable) {
		t.Errorf("absent file: %v", err)
	}
}

func TestOlderMasterStillOpens(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		v := testVault(t)
		box := seal(t, v, d, "p1", "w", "x")
		m, _ := NewMaster(bytes.Repeat([]byte{7}, 32))
		if err := m.add(2, bytes.Repeat([]byte{8}, 32)); err != nil {
			t.Fatal(err)
		}
		two := OpenVault(m, v.now)
		if _, err := two.Open(context.Background(), d, "p1", "w", box); err != nil {
			t.Fatal(err)
		}
		seal(t, two, d, "p2", "w", "x")
		if _, err := v.Open(context.Background(), d, "p2", "w", seal(t, two, d, "p2", "w", "x")); !fault.Is(err, fault.Unavailable) {
			t.Errorf("opened without its master key: %v", err)
		}
	}, Schema)
}
