"""Makes the commit of a repository that means no good.

    hostile_repository.py REPOSITORY KIND IMAGE

REPOSITORY is bare; its branch main gets the commit. KIND:

names   files with odd names, all marked: on stdout, those that can be updated
kinds   links, submodules, files too large, too deep or no text, and one that is
        as it should be (good.yaml)
git     entries that git itself would never check out, and good.yaml
bomb    trees that hold each other, for ten milliards of files
words   the same, of files that are no manifests
markers IMAGE files of 10000 markers each
files   IMAGE manifests without markers
"""
import subprocess
import sys

REPOSITORY, KIND, IMAGE = sys.argv[1:4]
MARKER = ' # {"$imagepolicy": "flux-system:web"}\n'


def git(*command, data=b""):
    return subprocess.run(("git", "-C", REPOSITORY) + command, input=data, stdout=subprocess.PIPE,
                          check=True).stdout.decode().strip()


def blob(data):
    return git("hash-object", "-w", "--stdin", data=data if isinstance(data, bytes) else data.encode())


def tree(entries):
    """From (mode, id, name) in any order; names are bytes, and not judged."""
    def order(entry):
        return entry[2] + (b"/" if entry[0] == "40000" else b"")
    data = b"".join(mode.encode() + b" " + name + b"\0" + bytes.fromhex(oid)
                    for mode, oid, name in sorted(entries, key=order))
    return git("hash-object", "-w", "-t", "tree", "--literally", "--stdin", data=data)


def publish(root):
    commit = git("commit-tree", root, "-m", "Bad day")
    git("update-ref", "refs/heads/main", commit)


def good(mode="100644", name=b"good.yaml"):
    return mode, blob("image: %s:0.9.0%s" % (IMAGE, MARKER)), name


def aliases():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += ["a%d: &a%d [%s]" % (i, i, ", ".join(["*a%d" % (i - 1)] * 9)) for i in range(1, 40)]
    return "\n".join(lines) + "\n"


def names():
    odd = [b"a\nb.yaml", b"-rf.yaml", b"--upload-pack=touch ran.yaml", b"$(touch ran).yaml", b"`touch ran`.yaml",
           b'quote".yaml', b"back\\slash.yaml", b"tab\t.yaml", b"\xff\xfe.yaml", b"\x1b[31m.yaml", b"'; touch ran;'.yaml",
           b":(exclude)x.yaml", b"*.yaml", b" .yaml", b".yaml", b"%s%n.yaml", b"long" + b"g" * 240 + b".yaml"]
    print(len(odd) + 1)
    publish(tree([good(name=name) for name in odd] + [("40000", tree([good(mode="100755")]), b"a\n.yaml")]))


def kinds():
    marked = "image: %s:0.9.0%s" % (IMAGE, MARKER)
    large = marked.encode() + b"# " + b"x" * 100000000 + b"\n"
    files = {
        b"large.yaml": large, b"deep.yaml": marked + "a: " + "[" * 100000, b"deeper.yaml": marked + "a:\n" + "".join(
            " " * i + "a:\n" for i in range(1000)), b"nul.yaml": marked + "a: \0\n", b"utf16.yaml": marked.encode("utf-16"),
        b"binary.yaml": b"\x80\xff" * 1000 + marked.encode(), b"aliases.yaml": marked + aliases(),
        b"line.yaml": "image: " + "x" * 1000000 + MARKER, b"empty.yaml": b"",
        b"value.yaml": "image: x # {\"$imagepolicy\": \"" + "flux-system:web:" * 1000 + "\"}\n",
    }
    entries = [("100644", blob(data), name) for name, data in files.items()]
    links = {b"loop1.yaml": b"loop2.yaml", b"loop2.yaml": b"loop1.yaml", b"self.yaml": b"self.yaml",
             b"passwd.yaml": b"/etc/passwd", b"out.yaml": b"../../../../../ran", b"folder.yaml": b"."}
    entries += [("120000", blob(target), name) for name, target in links.items()]
    entries += [("160000", "1" * 40, b"module.yaml"), ("100644", blob('[submodule "x"]\n\turl = ext::touch ran\n'),
                                                      b".gitmodules")]
    publish(tree(entries + [good()]))


def nested(name, depth, width):
    leaf = blob("a: b\n")
    oid = tree([("100644", leaf, b"f%06d%s" % (i, name)) for i in range(width)])
    for _ in range(depth):
        oid = tree([("40000", oid, b"d%02d" % i) for i in range(10)])
    return oid


def main():
    if KIND == "names":
        names()
    elif KIND == "kinds":
        kinds()
    elif KIND == "git":
        bad = tree([good()])
        publish(tree([("40000", bad, name) for name in (b".git", b"..", b".", b".GIT", b"git~1")] +
                     [("100644", good()[1], b".git.yaml"), good()]))
    elif KIND == "bomb":
        publish(nested(b".yaml", 9, 10))
    elif KIND == "words":
        publish(nested(b".txt", 9, 10))
    elif KIND == "files":
        publish(nested(b".yaml", 0, int(IMAGE)))
    elif KIND == "markers":
        oid = blob("- x" + MARKER + ("- x" + MARKER) * 9999)
        publish(tree([("100644", oid, b"f%d.yaml" % i) for i in range(int(IMAGE))]))


main()
