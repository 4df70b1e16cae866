"""Which paper an address is the page of, at each registry.

The forms are those found in public reading lists, bibliographies and crawlers: among others
acl-org/acl-anthology, mlresearch/v235 and huggingface/transformers.
"""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.digest.markdown.autolink import bare_number, best, looks_like_paper, only, paper_of
from publisher.paper_id import PaperId, PaperScheme
from tests.support.time_bounds import within

ARXIV = PaperId(PaperScheme.arxiv, "2408.05211")
DOI = PaperId(PaperScheme.doi, "10.1145/3292500.3330701")
HEX = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
#: Addresses by registry, each with the value that identifies its paper.
FORMS = {
    PaperScheme.arxiv: [
        ("http://arxiv.org/ftp/arxiv/papers/2408/2408.05211.pdf", "2408.05211"),
        ("https://www.alphaxiv.org/zh/overview/2408.05211v2", "2408.05211"),
        ("https://www.alphaxiv.org/abs/2408.05211", "2408.05211"),
        ("https://hf-mirror.com/papers/2408.05211", "2408.05211"),
        ("https://huggingface.co/papers/2408.05211.md", "2408.05211"),
        ("https://www.arxiv-vanity.com/papers/2408.05211/", "2408.05211"),
        ("https://hjfy.top/arxiv/2408.05211", "2408.05211"),
        ("https://www.catalyzex.com/paper/arxiv:2408.05211/code", "2408.05211"),
        ("https://bytez.com/docs/arxiv/2408.05211/paper", "2408.05211"),
        ("https://ui.adsabs.harvard.edu/abs/arXiv:2408.05211/abstract", "2408.05211"),
        ("https://link.zhihu.com/?target=https%3A//arxiv.org/abs/2408.05211", "2408.05211"),
        ("https://scholar.google.com/scholar_url?url=https://arxiv.org/abs/2408.05211&hl=en",
         "2408.05211"),
        (("https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Farxiv.org%2Fabs%2F"
         "2408.05211&data=05%7C02"), "2408.05211"),
        ("https://web.archive.org/web/2024/https://arxiv.org/abs/2408.05211", "2408.05211"),
        ("https://r.jina.ai/https://arxiv.org/pdf/2408.05211v1", "2408.05211"),
        ("https://arxiv.org:443/abs/2408.05211", "2408.05211"),
    ],
    PaperScheme.doi: [
        ("https://link.springer.com/article/10.1007/s11263-025-00001-2",
         "10.1007/s11263-025-00001-2"),
        ("https://link.springer.com/content/pdf/10.1007/s11263-025-00001-2.pdf?pdf=button",
         "10.1007/s11263-025-00001-2"),
        ("https://www.frontiersin.org/articles/10.3389/fnbot.2025.15001/full",
         "10.3389/fnbot.2025.15001"),
        ("https://www.biorxiv.org/content/10.1101/2023.01.02.522345v1",
         "10.1101/2023.01.02.522345"),
        ("https://www.biorxiv.org/content/10.1101/2023.01.02.522345v3.full.pdf+html",
         "10.1101/2023.01.02.522345"),
        ("https://biorxiv.org/content/10.1101/2023.01.02.522345", "10.1101/2023.01.02.522345"),
        ("https://www.medrxiv.org/content/10.1101/2020.05.30.20117531v1.full-text",
         "10.1101/2020.05.30.20117531"),
        ("https://www.biorxiv.org/content/10.1101/612713v2.abstract", "10.1101/612713"),
        ("https://www.biorxiv.org/content/early/2017/06/05/146175", "10.1101/146175"),
        ("https://www.biorxiv.org/content/biorxiv/early/2024/07/13/2024.07.13.603360.full.pdf",
         "10.1101/2024.07.13.603360"),
        ("http://biorxiv.org/cgi/content/short/734236v1?rss=1", "10.1101/734236"),
        ("http://medrxiv.org/lookup/doi/10.1101/2025.06.09.25329279",
         "10.1101/2025.06.09.25329279"),
        ("https://www.biorxiv.org/content/10.64898/2026.06.11.731775v1.full.pdf",
         "10.64898/2026.06.11.731775"),
        # Addresses have the old prefix often enough.
        ("https://www.biorxiv.org/content/10.1101/2025.12.22.696108v2",
         "10.64898/2025.12.22.696108"),
        ("https://www.biorxiv.org/cgi/content/short/2026.01.01.697017v1",
         "10.64898/2026.01.01.697017"),
        # In the month before, the prefix is what the address says.
        ("https://www.medrxiv.org/content/10.64898/2025.11.29.25341091v1.full",
         "10.64898/2025.11.29.25341091"),
        ("https://www.biorxiv.org/content/10.1101/2025.11.24.690085v2.full",
         "10.1101/2025.11.24.690085"),
        ("https://doi.org/10.18653/v1/2022.acl-demo", "10.18653/v1/2022.acl-demo"),
    ],
    PaperScheme.openreview: [
        ("https://openreview.net/forum?id=rJl-b3_Fc7", "rJl-b3_Fc7"),
        ("http://www.openreview.net/forum?id=rJl-b3_Fc7&noteId=Hkx1qkrKPr#all", "rJl-b3_Fc7"),
        ("https://openreview.net/forum?noteId=Hkx1qkrKPr&id=rJl-b3_Fc7", "rJl-b3_Fc7"),
        ("https://openreview.net/forum/?id=rJl-b3_Fc7#discussion", "rJl-b3_Fc7"),
        ("https://openreview.net/forum?id=rJl-b3_Fc7&referrer=%5Bthe%20profile%5D", "rJl-b3_Fc7"),
        ("https://openreview.net/pdf?id=rJl-b3_Fc7", "rJl-b3_Fc7"),
        ("https://api.openreview.net/pdf?id=rJl-b3_Fc7", "rJl-b3_Fc7"),
        ("https://api2.openreview.net/attachment?id=rJl-b3_Fc7&name=pdf", "rJl-b3_Fc7"),
        ("https://openreview.net/attachment?name=supplementary_material&id=rJl-b3_Fc7",
         "rJl-b3_Fc7"),
    ],
    PaperScheme.acl: [
        ("https://aclanthology.org/2024.acl-long.1/", "2024.acl-long.1"),
        ("https://www.aclanthology.org/2024.acl-long.1", "2024.acl-long.1"),
        ("https://aclanthology.org/2024.findings-acl.533.pdf", "2024.findings-acl.533"),
        ("https://aclanthology.org/2021.tacl-1.17v2.pdf", "2021.tacl-1.17"),
        ("https://aclanthology.org/2022.bea-1.3.bib", "2022.bea-1.3"),
        ("https://aclanthology.org/anthology-files/pdf/naacl/2024.naacl-long.300.pdf",
         "2024.naacl-long.300"),
        ("https://aclanthology.org/attachments/2022.findings-acl.252.software.zip",
         "2022.findings-acl.252"),
        ("https://aclanthology.org/P19-1001", "P19-1001"),
        ("https://aclanthology.org/P19-1001v1.pdf", "P19-1001"),
        ("http://www.aclweb.org/anthology/D/D15/D15-1168.pdf", "D15-1168"),
        ("https://www.aclweb.org/anthology/2020.emnlp-main.730.pdf", "2020.emnlp-main.730"),
        ("https://aclanthology.info/papers/P17-1100/p17-1100", "P17-1100"),
        ("https://aclanthology.coli.uni-saarland.de/papers/K18-1007/k18-1007", "K18-1007"),
        ("https://doi.org/10.18653/v1/2024.acl-long.1", "2024.acl-long.1"),
        ("https://doi.org/10.18653/v1/p19-1001", "P19-1001"),
        ("http://dx.doi.org/10.3115/v1/D14-1162", "D14-1162"),
    ],
    PaperScheme.cvf: [
        ("https://openaccess.thecvf.com/content/CVPR2024/html/Li_Wool_and_Wood_CVPR_2024_paper.html",
         "CVPR2024/Li_Wool_and_Wood_CVPR_2024_paper"),
        ("http://openaccess.thecvf.com//content/CVPR2024/papers/Li_Wool_and_Wood_CVPR_2024_paper.pdf",
         "CVPR2024/Li_Wool_and_Wood_CVPR_2024_paper"),
        ("https://openaccess.thecvf.com/content/CVPR2021W/NTIRE/papers/Li_Wool_CVPRW_2021_paper.pdf",
         "CVPR2021W/NTIRE/Li_Wool_CVPRW_2021_paper"),
        ("https://openaccess.thecvf.com/content/CVPR2021W/NTIRE/html/Li_Wool_CVPRW_2021_paper.html",
         "CVPR2021W/NTIRE/Li_Wool_CVPRW_2021_paper"),
        ("https://openaccess.thecvf.com/content_CVPR_2019/html/Li_Wool_CVPR_2019_paper.html",
         "content_CVPR_2019/Li_Wool_CVPR_2019_paper"),
        ("https://openaccess.thecvf.com/content_iccv_2017/papers/Li_Wool_ICCV_2017_paper.pdf",
         "content_ICCV_2017/Li_Wool_ICCV_2017_paper"),
        ("http://www.cv-foundation.org/openaccess/content_cvpr_2015/papers/Li_Wool_2015_CVPR_paper.pdf",
         "content_cvpr_2015/Li_Wool_2015_CVPR_paper"),
        (("https://openaccess.thecvf.com/content_CVPRW_2019/papers/Media%20Forensics/"
         "Li_Wool_CVPRW_2019_paper.pdf"),
         "content_CVPRW_2019/Media%20Forensics/Li_Wool_CVPRW_2019_paper"),
        ("https://openaccess.thecvf.com/content_CVPRW_2019/html/AAMVEM/Li_Wool_CVPRW_2019_paper.html",
         "content_CVPRW_2019/AAMVEM/Li_Wool_CVPRW_2019_paper"),
        (("https://openaccess.thecvf.com/content_cvpr_2018_workshops/w21/html/"
         "Li_Wool_CVPR_2018_paper.html"),
         "content_cvpr_2018_workshops/w21/Li_Wool_CVPR_2018_paper"),
        (("http://openaccess.thecvf.com/content_cvpr_2018_workshops/papers/w21/"
         "Li_Wool_CVPR_2018_paper.pdf"), "content_cvpr_2018_workshops/w21/Li_Wool_CVPR_2018_paper"),
    ],
    PaperScheme.pmlr: [
        ("https://proceedings.mlr.press/v202/wollner23a.html", "v202/wollner23a"),
        ("http://proceedings.mlr.press/v202/wollner23a/wollner23a.pdf", "v202/wollner23a"),
        ("https://proceedings.mlr.press/v202/wollner23a", "v202/wollner23a"),
        ("https://proceedings.mlr.press/v202/wollner23a/wollner23a-supp.pdf", "v202/wollner23a"),
        ("https://proceedings.mlr.press/v28/wollner13.pdf", "v28/wollner13"),
        ("https://proceedings.mlr.press/v63/Woll8.html", "v63/Woll8"),
        ("https://proceedings.mlr.press/v64/woll_wood_2016.html", "v64/woll_wood_2016"),
        ("https://proceedings.mlr.press/v315/woll-hain26ab.html", "v315/woll-hain26ab"),
        ("https://raw.githubusercontent.com/mlresearch/v235/main/assets/woll24a/woll24a.pdf",
         "v235/woll24a"),
        ("https://github.com/mlresearch/v235/raw/main/assets/woll24a/woll24a.pdf", "v235/woll24a"),
        ("http://www.jmlr.org/proceedings/papers/v37/wollb15.html", "v37/wollb15"),
        ("http://jmlr.org/proceedings/papers/v9/woll10a/woll10a.pdf", "v9/woll10a"),
    ],
    PaperScheme.jmlr: [
        ("https://jmlr.org/papers/v25/23-0001.html", "v25/23-0001"),
        ("https://www.jmlr.org/papers/volume25/23-0001/23-0001.pdf", "v25/23-0001"),
        ("https://www.jmlr.org/papers/v25/23-0001/23-0001.pdf", "v25/23-0001"),
        ("http://jmlr.org/papers/v17/15-243.html", "v17/15-243"),
        ("http://www.jmlr.org/papers/v12/wollner11a.html", "v12/wollner11a"),
        ("http://jmlr.csail.mit.edu/papers/volume13/wollner12a/wollner12a.pdf", "v13/wollner12a"),
        ("https://www.jmlr.org/papers/v25/23-0001.bib", "v25/23-0001"),
    ],
    PaperScheme.neurips: [
        (f"https://papers.nips.cc/paper/2017/hash/{HEX}-Abstract.html", f"2017/{HEX}"),
        (f"http://papers.nips.cc/paper_files/paper/2017/file/{HEX}-Paper.pdf", f"2017/{HEX}"),
        (f"https://papers.neurips.cc/paper_files/paper/2021/hash/{HEX}-Abstract.html",
         f"2021/{HEX}"),
        (f"https://proceedings.neurips.cc/paper_files/paper/2023/hash/{HEX}-Abstract-Conference.html",
         f"2023/{HEX}"),
        (f"https://proceedings.neurips.cc/paper_files/paper/2023/file/{HEX}-Paper-Conference.pdf",
         f"2023/{HEX}"),
        # The track is left out often enough.
        (f"https://proceedings.neurips.cc/paper/2022/hash/{HEX}-Abstract.html", f"2022/{HEX}"),
        ((f"https://proceedings.neurips.cc/paper_files/paper/2022/file/{HEX}-Supplemental-"
         "Conference.pdf"), f"2022/{HEX}"),
        ((f"https://proceedings.nips.cc/paper_files/paper/2024/file/{HEX}-Paper-Datasets_and_"
         "Benchmarks_Track.pdf"), f"2024/{HEX}-Datasets_and_Benchmarks_Track"),
        ((f"https://datasets-benchmarks-proceedings.neurips.cc/paper/2021/hash/{HEX}-Abstract-"
         "round2.html"), f"2021/{HEX}-round2"),
        ("http://papers.nips.cc/paper/7181-wool-and-wood.pdf", "7181-wool-and-wood"),
        ("https://papers.neurips.cc/paper/7181-wool-and-wood", "7181-wool-and-wood"),
    ],
}  # fmt: skip
KNOWN = [(url, PaperId(scheme, value)) for scheme, rows in FORMS.items() for url, value in rows]
PAPERS = sorted({paper for _, paper in KNOWN} | {ARXIV, DOI})


@pytest.mark.parametrize(("url", "paper"), KNOWN)
def test_address_in_any_form_is_the_same_paper(url: str, paper: PaperId) -> None:
    """Host, format, version and what else is asked for are no part of a paper's identity."""
    assert paper == paper_of(url)


@pytest.mark.parametrize("paper", PAPERS)
def test_a_papers_page_and_file_are_its_own(paper: PaperId) -> None:
    """What the program leads to is what it knows."""
    assert paper == paper_of(paper.url)
    assert paper.pdf is None or paper == paper_of(paper.pdf)


def test_every_registry_but_doi_has_a_pdf() -> None:
    """A DOI leads to a page of its publisher's, and that to whatever there is."""
    assert {PaperScheme.doi} == {paper.scheme for paper in PAPERS if not paper.pdf}


@pytest.mark.parametrize(
    ("paper", "name", "url", "pdf"),
    [
        (ARXIV, "arXiv:2408.05211", "https://arxiv.org/abs/2408.05211",
         "https://arxiv.org/pdf/2408.05211"),
        (PaperId(PaperScheme.openreview, "rJl-b3"), "OpenReview:rJl-b3",
         "https://openreview.net/forum?id=rJl-b3", "https://openreview.net/pdf?id=rJl-b3"),
        (PaperId(PaperScheme.acl, "2024.acl-long.1"), "ACL:2024.acl-long.1",
         "https://aclanthology.org/2024.acl-long.1/", "https://aclanthology.org/2024.acl-long.1.pdf"),
        (PaperId(PaperScheme.cvf, "CVPR2024/Li_Wool_CVPR_2024_paper"), "CVF:Li_Wool_CVPR_2024",
         "https://openaccess.thecvf.com/content/CVPR2024/html/Li_Wool_CVPR_2024_paper.html",
         "https://openaccess.thecvf.com/content/CVPR2024/papers/Li_Wool_CVPR_2024_paper.pdf"),
        (PaperId(PaperScheme.pmlr, "v202/li23a"), "PMLR:v202/li23a",
         "https://proceedings.mlr.press/v202/li23a.html",
         "https://proceedings.mlr.press/v202/li23a/li23a.pdf"),
        (PaperId(PaperScheme.pmlr, "v37/li15"), "PMLR:v37/li15",
         "https://proceedings.mlr.press/v37/li15.html",
         "https://proceedings.mlr.press/v37/li15.pdf"),
        (PaperId(PaperScheme.pmlr, "v267/li25a"), "PMLR:v267/li25a",
         "https://proceedings.mlr.press/v267/li25a.html",
         "https://raw.githubusercontent.com/mlresearch/v267/main/assets/li25a/li25a.pdf"),
        (PaperId(PaperScheme.jmlr, "v25/23-0001"), "JMLR:v25/23-0001",
         "https://jmlr.org/papers/v25/23-0001.html",
         "https://jmlr.org/papers/volume25/23-0001/23-0001.pdf"),
        (PaperId(PaperScheme.neurips, f"2021/{HEX}"), f"NeurIPS:2021/{HEX}",
         f"https://proceedings.neurips.cc/paper_files/paper/2021/hash/{HEX}-Abstract.html",
         f"https://proceedings.neurips.cc/paper_files/paper/2021/file/{HEX}-Paper.pdf"),
        (PaperId(PaperScheme.neurips, f"2023/{HEX}"), f"NeurIPS:2023/{HEX}",
         f"https://proceedings.neurips.cc/paper_files/paper/2023/hash/{HEX}-Abstract-Conference.html",
         f"https://proceedings.neurips.cc/paper_files/paper/2023/file/{HEX}-Paper-Conference.pdf"),
    ],
)  # fmt: skip
def test_what_a_paper_is_called_and_where_it_is(
    paper: PaperId, name: str, url: str, pdf: str
) -> None:
    """People get a short name, the registry's page and its file."""
    assert (name, url, pdf) == (paper.name, paper.url, paper.pdf)


@pytest.mark.parametrize("paper", PAPERS)
def test_a_papers_key_is_a_safe_path(paper: PaperId) -> None:
    """It stays below its registry's folder, in characters that every disk has."""
    assert re.fullmatch(r"[a-z0-9._/-]+", paper.key)
    assert not {"", ".", ".."} & set(paper.key.split("/"))
    if paper.scheme is not PaperScheme.arxiv:
        assert paper.key.startswith(f"{paper.scheme.value}/")


@given(st.sets(st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True), min_size=2))
def test_no_two_papers_share_a_folder(values: set[str]) -> None:
    """Not on a disk that takes `A` for `a`, either."""
    keys = {PaperId(PaperScheme.openreview, value).key.lower() for value in values}
    assert len(values) == len(keys)


def test_ids_that_differ_in_case_alone() -> None:
    """OpenReview's do."""
    assert 2 == len({PaperId(PaperScheme.openreview, value).key for value in ("aB", "Ab")})


#: Addresses of no paper, each with the registry that they look to be of, if they do.
OTHERS = [
    ("https://arxiv.org/list/cs.CL/recent", "arXiv"),
    ("https://arxiv.org/a/lee_x_1", "arXiv"),
    ("https://arxiv.org/abs/2408", "arXiv"),
    ("https://doi.org/11.1/x", "DOI"),
    ("https://openreview.net/group?id=ICLR.cc/2024/Conference", "OpenReview"),
    ("https://openreview.net/forum?noteId=Hkx1qkrKPr", "OpenReview"),
    ("https://openreview.net/references/pdf?id=oqtIL8DEZ", "OpenReview"),
    ("https://openreview.net/notes/edits/attachment?id=IJ2ChMvj29&name=pdf", "OpenReview"),
    (f"https://openreview.net/pdf/{HEX}.pdf", "OpenReview"),
    ("https://openreview.net/revisions?id=rJl-b3_Fc7", "OpenReview"),
    ("https://openreview.net/forum?id=a%2Fb", "OpenReview"),
    ("https://aclanthology.org/volumes/2023.acl-long/", "ACL"),
    ("https://aclanthology.org/people/x/xin-li/", "ACL"),
    ("https://aclanthology.info/papers/wool-and-wood", "ACL"),
    ("https://openaccess.thecvf.com/CVPR2024?day=all", "CVF"),
    ("https://openaccess.thecvf.com/content_cvpr_2018/CameraReady/3524.pdf", "CVF"),
    ("https://openaccess.thecvf.com/content/CVPR2024/supplemental/Li_W_CVPR_2024_supplemental.pdf",
     "CVF"),
    ("https://proceedings.mlr.press/v202/", "PMLR"),
    ("https://proceedings.mlr.press/faq.html", "PMLR"),
    ("https://jmlr.org/papers/v25/", "JMLR"),
    ("http://jmlr.csail.mit.edu/papers/volume5/li04a/a11-list/english.stop", "JMLR"),
    ("https://papers.nips.cc/paper/2023", "NeurIPS"),
    ("https://proceedings.neurips.cc/paper_files/paper/18463-/bibtex", "NeurIPS"),
    ("https://www.biorxiv.org/collection/neuroscience", "bioRxiv"),
    ("https://www.biorxiv.org/cgi/content/short/2025.11.20.689494v1", "bioRxiv"),
    ("https://www.medrxiv.org/content/about-medrxiv", "medRxiv"),
    ("https://wool.example/notes/2408.05211", "arXiv"),
    ("https://wool.example/pdf/2408.05211v2.pdf", "arXiv"),
    ("https://link.zhihu.com/?target=https%3A//wool.example/2408.05211", "arXiv"),
    ("https://link.springer.example/article/10.1007/s10994-021-06008-4", "DOI"),
    ("https://wool.example/2024.1205/", None),
    ("https://wool.example/1234.5678", None),
    ("https://wool.example/v2408.05211", None),
    ("https://arxiv.org/", None),
    ("https://openreview.net", None),
    ("https://huggingface.co/papers/month/2024-08", None),
    ("https://github.com/wool/wood", None),
    ("https://github.com/mlresearch/v235", None),
    ("https://raw.githubusercontent.com/mlresearch", None),
    ("https://aclweb.org/portal/2024.acl-long.1", None),
    ("https://neurips.cc/virtual/2024/poster/1", None),
    ("https://openreview.net.wool.example/forum?id=rJl-b3_Fc7", None),
    ("https://notopenreview.net/forum?id=rJl-b3_Fc7", None),
    ("https://notdoi.org/index", None),
    ("https://www.google.com/search?q=https://arxiv.org/abs/2408.05211", None),
    ("mailto:a@arxiv.org", None),
    ("", None),
]  # fmt: skip


@pytest.mark.parametrize(("url", "registry"), OTHERS)
def test_what_only_looks_like_a_paper(url: str, registry: str | None) -> None:
    """An address of no known form identifies nothing; where it looks to, that can be told."""
    assert (None, registry) == (paper_of(url), looks_like_paper(url))


@pytest.mark.parametrize(("url", "_"), KNOWN)
def test_a_paper_does_not_only_look_like_one(url: str, _: PaperId) -> None:
    """Of what is known there is nothing to tell."""
    assert looks_like_paper(url) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2408.05211", "2408.05211"),
        ("  2408.05211v12\t", "2408.05211"),
        ("[2408.05211]", "2408.05211"),
        ("2408.05211 [cs.CL]", "2408.05211"),
        ("1412.0001", "1412.0001"),
        ("hep-th/9901001v1", "hep-th/9901001"),
        ("math.GT/0309136", "math/0309136"),
    ],
)
def test_a_bare_number(text: str, value: str) -> None:
    """A line that is an arXiv number and nothing else names a paper."""
    assert f"https://arxiv.org/abs/{value}" == bare_number(text)


@pytest.mark.parametrize(
    "text",
    ["", "2408.0521", "1412.00011", "2413.05211", "2400.05211", "0608.1234", "2408.05211 papers",
     "v2408.05211", "2408.05211.", "1234.5678", "item/1234567", "２４０８.05211", "2024.12.01",
     "2408.05211\n2408.05212"],
)  # fmt: skip
def test_no_bare_number(text: str) -> None:
    """There are two forms that arXiv gives numbers in; other figures are no paper."""
    assert bare_number(text) is None


def test_the_best_of_several_identities() -> None:
    """The arXiv id comes first, then the DOI, then any other; of one kind the first."""
    others = [PaperId(PaperScheme.openreview, "a"), PaperId(PaperScheme.acl, "P19-1001")]
    second = PaperId(PaperScheme.arxiv, "2408.05147")
    assert ARXIV == best([*others, None, DOI, ARXIV, second])
    assert DOI == best([*others, DOI])
    assert others[0] == best(others)
    assert best([None]) is None
    assert best([]) is None


def test_the_only_paper_of_a_text() -> None:
    """Another registry's page of it is no second paper; two arXiv ids, or DOIs, are."""
    forum = "https://openreview.net/forum?id=abcdef"
    acl = "https://doi.org/10.18653/v1/2024.acl-long.1"
    assert ARXIV == only([forum, ARXIV.url, f"{ARXIV.url}v2", "https://wool.example/"])
    assert DOI == only([DOI.url, forum])
    assert paper_of(forum) == only([forum])
    assert paper_of(acl) == only([acl, "https://aclanthology.org/2024.acl-long.1/"])
    assert only([ARXIV.url, DOI.url]) is None
    assert only([acl, DOI.url]) is None
    assert only([forum, "https://openreview.net/forum?id=ghijkl"]) is None
    assert only([]) is None


@pytest.mark.parametrize(
    "url",
    [
        "https://arxiv.org/abs/" + "a-" * 50_000,
        "https://arxiv.org/" + "/" * 100_000 + "2408.05211",
        "https://" + "a." * 50_000 + "arxiv.org/abs/2408.05211",
        "https://arxiv.org" + "/abs/arxiv" * 10_000,
        "https://openreview.net/forum?" + "&id=!" * 20_000,
        "https://openreview.net/forum?id=" + "a" * 100_000,
        "https://aclanthology.org/2024.acl-long.1" + ".a" * 50_000 + "!",
        "https://aclanthology.org/2024." + "a" * 50_000 + "-" + "a" * 50_000,
        "https://openaccess.thecvf.com/content/CVPR2024" + "/html" * 20_000 + "/a_paper.html",
        "https://proceedings.mlr.press/v202/a" + "0a" * 50_000 + "!",
        "https://jmlr.org/papers/v25/" + "a-" * 50_000 + "00a!",
        "https://papers.nips.cc/paper/1-" + "a-" * 50_000 + "!",
        "https://www.biorxiv.org/content/10.1101/" + "1" * 100_000,
        "https://wool.example/" + "2408.05211a/" * 10_000,
        "https://wool.example/" + "10.1234" * 20_000,
        "https://wool.example/doi/10.1234/" + "a" * 100_000,
        "https://link.zhihu.com/?" + "target=&" * 20_000,
        "https://web.archive.org/" + "http" * 20_000,
        "https://" + "a@" * 50_000,
    ],
)
def test_hostile_addresses_take_linear_time(url: str) -> None:
    """However long an address is, it is looked at in a moment."""
    with within(0.5):
        paper_of(url)
        looks_like_paper(url)
