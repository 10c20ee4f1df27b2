package crypto

import (
	"bufio"
	"bytes"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"yimen/foundation/fault"
)

// Master holds the house's master keys, each 32 bytes, by version (1…65535).
// The highest version wraps new keys. The lowest derives blind indexes, so that adding a
// version does not make existing rows unfindable.
type Master struct {
	keys   map[uint16][]byte
	newest uint16
	oldest uint16
}

// NewMaster makes a Master of one given key; 32 bytes, version 1.
func NewMaster(key []byte) (Master, error) {
	var m Master
	return m, m.add(1, key)
}

// ReadMaster reads a key file of lines "v<version> <64 hex digits>"; empty lines and lines
// beginning with # are passed over. A file that others than its owner may read is refused.
func ReadMaster(path string) (Master, error) {
	raw, err := readPrivate(path)
	if err != nil {
		return Master{}, err
	}
	var m Master
	lines := bufio.NewScanner(bytes.NewReader(raw))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if err := m.addLine(line); err != nil {
			return Master{}, fmt.Errorf("%s:%d: %w", path, n, err)
		}
	}
	if m.newest == 0 {
		return Master{}, fmt.Errorf("%s: no master key in it", path)
	}
	return m, nil
}

// MakeMaster writes a new key file with one random key, mode 0600, and reads it back.
// A file that exists is never overwritten: losing a master key loses every sealed value.
func MakeMaster(path string) (Master, error) {
	key := make([]byte, 32)
	_, _ = rand.Read(key)
	if err := writePrivate(path, []byte("v1 "+hex.EncodeToString(key)+"\n")); err != nil {
		return Master{}, err
	}
	return ReadMaster(path)
}

func (m *Master) addLine(line string) error {
	name, digits, _ := strings.Cut(line, " ")
	version, err := strconv.ParseUint(strings.TrimPrefix(name, "v"), 10, 16)
	if err != nil || !strings.HasPrefix(name, "v") {
		return fmt.Errorf("a master key line begins with v and a version")
	}
	key, err := hex.DecodeString(strings.TrimSpace(digits))
	if err != nil {
		return fmt.Errorf("master key %s is not hexadecimal", name)
	}
	return m.add(uint16(version), key)
}

func (m *Master) add(version uint16, key []byte) error {
	if version == 0 || len(key) != 32 {
		return fmt.Errorf("a master key has a version from 1 and 32 bytes, not version %d and %d bytes", version, len(key))
	}
	if m.keys == nil {
		m.keys = map[uint16][]byte{}
	}
	if m.keys[version] != nil {
		return fmt.Errorf("master key version %d stands twice", version)
	}
	m.keys[version] = bytes.Clone(key)
	m.newest = max(m.newest, version)
	if m.oldest == 0 || version < m.oldest {
		m.oldest = version
	}
	return nil
}

// derive makes an independent key of one purpose from the oldest master key.
func (m Master) derive(purpose string) []byte {
	key, err := hkdf.Key(sha256.New, m.keys[m.oldest], nil, purpose, 32)
	if err != nil {
		panic(err) // 32 bytes of SHA-256 are always within HKDF's bounds
	}
	return key
}

func readPrivate(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fault.New(fault.Unavailable, "crypto.file.absent").Wrap(err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s: mode %o, a key file must not be open to others (0600)", path, info.Mode().Perm())
	}
	return os.ReadFile(path)
}

// writePrivate creates a file of mode 0600 that is on the disk, with its name, on return.
func writePrivate(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		_ = os.Remove(path)
		return err
	}
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer func() { _ = folder.Close() }()
	return folder.Sync()
}
