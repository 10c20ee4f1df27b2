package app

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"yimen/domain/archive"
	"yimen/domain/audit"
	"yimen/foundation/calendar"
	"yimen/foundation/pdf"
)

// verifyCommand checks a file, or the audit chains of a house.
func verifyCommand(ctx context.Context, args []string) error {
	var file string
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		file, args = args[0], args[1:]
	}
	var o house
	f := o.flags("verify", "")
	ca := f.String("ca", "", "PEM file of the certificates to trust")
	if err := f.Parse(args); err != nil {
		return usageError(err.Error())
	}
	if file == "" && f.NArg() > 0 {
		file = f.Arg(0)
	}
	if file != "" {
		return verifyFile(os.Stdout, file, *ca, o.data)
	}
	if o.data == "" {
		return usageError("yimen verify FILE, or yimen verify --data DIR")
	}
	return verifyHouse(ctx, o)
}

// verifyFile says integrity, whole file, signer, trust and revocation apart, and for what alone a copy is good. A file that is
// unsigned, altered or in a form that cannot be judged is an error, and one by nobody of the certificates named.
func verifyFile(w io.Writer, file, ca, data string) error {
	b, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	roots, err := trusted(ca, data)
	if err != nil {
		return err
	}
	if archive.IsPackage(b) {
		return verifyPackage(w, file, b, roots, ca != "")
	}
	r, err := pdf.Verify(b, roots)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	printReport(w, r, time.Now())
	switch {
	case r.Foreign:
		return errors.New("the signature is of a form that cannot be judged here")
	case !r.Signed:
		return errors.New("the file is not signed")
	case r.Altered():
		return errors.New("the file is not what was signed")
	case ca != "" && !r.Trusted:
		return fmt.Errorf("the signer is trusted by no certificate of %s", ca)
	}
	return nil
}

// verifyPackage checks an archived case without any house: every file against the manifest, the manifest against its signature.
func verifyPackage(w io.Writer, file string, b []byte, roots *x509.CertPool, must bool) error {
	r, err := archive.Check(b, roots)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	fmt.Fprintf(w, "archive     %s part %d\ncase        %s\nfiles       %d\nwhole       %s\nsignature   %s\ntrust       %s\nsigned at   %s (by the signer's clock)\nrevocation  not known offline\n", r.Manifest.Number, r.Manifest.Part, r.Manifest.Serial,
		len(r.Manifest.Files), yes(len(r.Wrong) == 0), because(r.Signature.Intact, r.Signature.Broken), because(r.Signature.Trusted, r.Signature.Doubt), r.Manifest.Made.Format(time.RFC3339))
	for _, x := range r.Wrong {
		fmt.Fprintf(w, "  %s\n", x)
	}
	if r.Demo {
		fmt.Fprintln(w, "legal force none: signed with a demo key (演示样张·无法律效力)")
	}
	if !r.Good() {
		return errors.New("the package is not what was signed")
	}
	if must && !r.Signature.Trusted {
		return errors.New("the signer is trusted by none of the certificates named")
	}
	return nil
}

func printReport(w io.Writer, r pdf.Report, now time.Time) {
	fmt.Fprintf(w, "signed      %s\n", yes(r.Signed))
	if r.Signed {
		intact := because(r.Intact, r.Broken)
		if r.Foreign {
			intact = "not known: " + r.Broken.Error()
		}
		fmt.Fprintf(w, "integrity   %s\nwhole file  %s\nsigner      %s %s\ntrust       %s\nsigned at   %s (by the signer's clock)\nrevocation  not known offline\n",
			intact, because(r.Whole, r.Broken), r.Signer, r.Code, because(r.Trusted, r.Doubt), r.At.Format(time.RFC3339))
	}
	if r.Demo {
		fmt.Fprintln(w, "legal force none: signed with a demo key (演示样张·无法律效力)")
	}
	if r.Only == nil {
		return
	}
	until := r.Only.Until
	if last, err := calendar.ParseDate(until); err != nil || calendar.DateOf(now) > last {
		until += " (PAST)"
	}
	fmt.Fprintf(w, "copy        %s\n  only for  %s\n  only at   %s\n  until     %s\n  licence   whether it is still valid is not known offline\n", r.Only.Line, r.Only.Purpose, r.Only.Place, until)
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "NO"
}

func because(ok bool, why error) string {
	if ok || why == nil {
		return yes(ok)
	}
	return "NO: " + why.Error()
}

// trusted reads the certificates to trust: a file that is named, or a data folder's own.
func trusted(ca, data string) (*x509.CertPool, error) {
	pool := x509.NewCertPool()
	for _, path := range []string{ca, filepath.Join(data, "keys", "demo-ca.pem"), filepath.Join(data, "keys", "roots.pem")} {
		if path == "" || path != ca && data == "" {
			continue
		}
		b, err := os.ReadFile(path)
		if errors.Is(err, os.ErrNotExist) && path != ca {
			continue
		}
		if err != nil {
			return nil, err
		}
		if !pool.AppendCertsFromPEM(b) {
			return nil, fmt.Errorf("%s holds no certificate", path)
		}
	}
	return pool, nil
}

// verifyHouse walks the audit chains and reports every gap.
func verifyHouse(ctx context.Context, o house) error {
	h, err := Open(ctx, o.config())
	if err != nil {
		return err
	}
	defer h.Close()
	n, gaps, err := audit.Verify(ctx, h.DB)
	if err != nil {
		return err
	}
	fmt.Printf("audit rows %d, gaps %d\n", n, len(gaps))
	for _, g := range gaps {
		fmt.Printf("  %s #%d (place %d): %s\n", g.Object, g.Seq, g.Pos, g.What)
	}
	if len(gaps) > 0 {
		return errors.New("the audit chain does not hold")
	}
	return nil
}
