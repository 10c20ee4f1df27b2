package app_test

import (
	"bytes"
	"encoding/hex"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"yimen/app"
	"yimen/app/apptest"
	"yimen/domain/approval"
	"yimen/domain/licence"
	"yimen/foundation/calendar"
	"yimen/foundation/crypto"
	"yimen/foundation/db"
	"yimen/foundation/once"
	"yimen/process/issuance"
)

// offline runs `yimen verify` and gives what it prints and its exit code.
func offline(t *testing.T, args ...string) (string, int) {
	t.Helper()
	out, err := os.CreateTemp(t.TempDir(), "out")
	if err != nil {
		t.Fatal(err)
	}
	keep := os.Stdout
	os.Stdout = out
	code := app.Main(append([]string{"verify"}, args...))
	os.Stdout = keep
	said, err := os.ReadFile(out.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(said), code
}

// judge runs an outside program; its words count, and whether it was content.
func judge(t *testing.T, name string, args ...string) (string, bool) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(name, args...).CombinedOutput()
	return string(out), err == nil
}

// opensslAgrees asks openssl about the signature and the chain of a file against the certificates in ca.
func opensslAgrees(t *testing.T, path, ca string) bool {
	t.Helper()
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`/ByteRange \[0 (\d+) (\d+) (\d+)\]`).FindSubmatch(file)
	if found == nil {
		t.Fatal("no byte range")
	}
	from, _ := strconv.Atoi(string(found[1]))
	to, _ := strconv.Atoi(string(found[2]))
	cms, err := hex.DecodeString(string(file[from+1 : to-1]))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	covered, signature := filepath.Join(dir, "covered"), filepath.Join(dir, "cms")
	for name, b := range map[string][]byte{covered: append(bytes.Clone(file[:from]), file[to:]...), signature: cms} {
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, ok := judge(t, "openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", signature, "-content", covered, "-CAfile", ca, "-purpose", "any", "-no_check_time", "-out", filepath.Join(dir, "out"))
	return ok
}

// copyOf orders a copy of a licence granted on the spot and writes its PDF to a folder.
func copyOf(t *testing.T, a *apptest.App) string {
	t.Helper()
	id := a.Accept("clerk01", "cc-individual-business", "person-001")
	a.Decide(a.Decision("market-decide", a.Task(id, approval.Decide, ""), approval.Grant))
	all, err := licence.ByCase(ctx, a.DB, id)
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	by := "party:" + string(all[0].Party)
	got, err := a.Press.Copy(ctx, issuance.CopyOrder{Submit: once.Submit{Actor: by, Route: "test.copy", Key: db.NewID(), At: a.Clock.Now()}, Party: all[0].Party, Licence: all[0].ID,
		Purpose: "开立对公账户", Recipient: "演示银行禅城支行", Until: calendar.DateOf(a.Clock.Now()) + 20, By: by})
	if err != nil {
		t.Fatal(err)
	}
	a.Settle()
	c, err := licence.GetCopy(ctx, a.DB, got)
	if err != nil {
		t.Fatal(err)
	}
	_, file, err := a.Press.Fetch(ctx, c.Document)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "copy.pdf")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestACopyIsCheckedOffline lets our command and three outside programs judge a copy, and the same with one byte flipped.
func TestACopyIsCheckedOffline(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		path := copyOf(t, a)
		ca := filepath.Join(a.Data, "keys", "demo-ca.pem")
		said, code := offline(t, path, "--ca", ca)
		for _, want := range []string{"signed      yes", "integrity   yes", "whole file  yes", "trust       yes", "revocation  not known offline", "legal force none",
			"only for  开立对公账户", "only at   演示银行禅城支行", "until     2026-03-22", "whether it is still valid is not known offline"} {
			if !strings.Contains(said, want) {
				t.Errorf("no %q in\n%s", want, said)
			}
		}
		if code != 0 {
			t.Error("exit code", code)
		}
		if said, code := offline(t, path); code != 0 || !strings.Contains(said, "trust       NO") {
			t.Error("nobody is trusted without a certificate", code, said)
		}
		if out, _ := judge(t, "pdfsig", "-nocert", path); !strings.Contains(out, "Signature is Valid") || !strings.Contains(out, "Total document signed") {
			t.Error(out)
		}
		if out, ok := judge(t, "qpdf", "--check", path); !ok || strings.Contains(out, "WARNING") {
			t.Error(out)
		}
		if out, _ := judge(t, "pdfinfo", path); !strings.Contains(out, "仅供开立对公账户在演示银行禅城支行使用") {
			t.Error(out)
		}
		if !opensslAgrees(t, path, ca) {
			t.Error("openssl does not agree")
		}
		spoilt(t, path, ca)
	})
}

// spoilt flips one byte of the file, then takes its signature away, then shows it to another town's certificate.
func spoilt(t *testing.T, path, ca string) {
	t.Helper()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	write := func(b []byte) {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	flipped := bytes.Clone(whole)
	flipped[len(flipped)/3] ^= 1
	write(flipped)
	if said, code := offline(t, path, "--ca", ca); code != 1 || !strings.Contains(said, "integrity   NO") || strings.Contains(said, "only for") {
		t.Error("flipped", code, said)
	}
	if out, _ := judge(t, "pdfsig", "-nocert", path); strings.Contains(out, "Signature is Valid") {
		t.Error(out)
	}
	if opensslAgrees(t, path, ca) {
		t.Error("openssl agrees with a flipped byte")
	}
	write(whole[:bytes.Index(whole, []byte("%%EOF"))+6])
	if said, code := offline(t, path, "--ca", ca); code != 1 || !strings.Contains(said, "signed      NO") {
		t.Error("unsigned", code, said)
	}
	write(whole)
	other, err := crypto.NewDemoCA(apptest.Day)
	if err != nil {
		t.Fatal(err)
	}
	foreign := filepath.Join(t.TempDir(), "other.pem")
	if err := os.WriteFile(foreign, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: other.Root().Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	if said, code := offline(t, path, "--ca", foreign); code != 1 || !strings.Contains(said, "integrity   yes") || !strings.Contains(said, "trust       NO") {
		t.Error("another town's certificate", code, said)
	}
}
